// The shapes that the pages believe in (src/lib/types.ts) against the document that the server describes itself with.
import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { must, URL_ } from './browser.mjs';

/** Our word for a shape, and the document's. */
const SHAPES = {
  Ticket: 'TicketView', TicketDetail: 'TicketDetail', OwnReport: 'OwnReport', PublicReport: 'PublicReport', Receipt: 'Receipt', Category: 'CategoryView',
  Summary: 'SummaryAnswer', OfficeLine: 'OfficeLine', Moment: 'Moment', Office: 'OfficeView', Team: 'Team', TeamReport: 'TeamReport', Opened: 'SessionView',
  PhotoRef: 'PhotoView', TimelineEntry: 'TimelineEntry', Tombstone: 'Tombstone', Destination: 'DestinationView', DeliveryView: 'DeliveryView', NearbyReport: 'NearbyReport',
  Report: 'ReportIn',
};

/** The fields of every interface, those of the ones it extends among them. */
function believed() {
  const file = ts.createSourceFile('types.ts', readFileSync(new URL('../src/lib/types.ts', import.meta.url), 'utf8'), ts.ScriptTarget.Latest);
  const own = new Map();
  file.forEachChild((node) => {
    if (!ts.isInterfaceDeclaration(node)) return;
    const above = (node.heritageClauses ?? []).flatMap((clause) => clause.types.flatMap((type) => [type.expression.getText(file), ...(type.typeArguments ?? []).map((one) => one.getText(file))]));
    own.set(node.name.text, { above, fields: node.members.map((member) => member.name.getText(file)) });
  });
  const fields = (name) => (own.has(name) ? [...own.get(name).fields, ...own.get(name).above.flatMap(fields)] : []);
  return fields;
}

/** The properties of a schema, through references and what it is made of. */
function described(document, schema, seen = new Set()) {
  if (!schema) return [];
  if (schema.$ref) {
    const name = schema.$ref.split('/').at(-1);
    return seen.has(name) ? [] : described(document, document.components.schemas[name], new Set([...seen, name]));
  }
  return [...Object.keys(schema.properties ?? {}), ...[...(schema.allOf ?? []), ...(schema.oneOf ?? [])].flatMap((part) => described(document, part, seen))];
}

export async function contract() {
  const document = await (await fetch(`${URL_}/openapi.json`)).json();
  const fields = believed();
  for (const [ours, theirs] of Object.entries(SHAPES)) {
    const known = new Set(described(document, { $ref: `#/components/schemas/${theirs}` }));
    const wrong = fields(ours).filter((field) => !known.has(field));
    must(fields(ours).length > 0 && wrong.length === 0, `${ours} is what the document calls ${theirs}${wrong.length ? `, but for ${wrong.join(', ')}` : ''}`);
  }
  const source = readFileSync(new URL('../src/lib/api.ts', import.meta.url), 'utf8');
  const [, base] = source.match(/return `(\/api\/v1\/offices\/[^`]*)`/);
  const calls = [...source.replace(`return \`${base}\``, '').replaceAll('${this.#base}', base).matchAll(/[`'](\/api\/v1\/[^`'?]*)/g)].map((match) => match[1]);
  const segments = Object.keys(document.paths).map((path) => path.split('/'));
  const plain = (call) => call.replaceAll(/\$\{[^}]*\}/g, '*').replace(/\.csv$/, '');
  // What is filled in here may be a word of the path there.
  const fits = (call, path) => call.length === path.length && call.every((part, place) => part === path[place] || part === '*' || path[place].startsWith('{'));
  for (const call of new Set(calls.map(plain))) must(segments.some((path) => fits(call.split('/'), path)), `the document knows ${call}`);
}
