import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const read = (name: string): Record<string, string> => JSON.parse(readFileSync(`messages/${name}`, 'utf8')) as Record<string, string>;
const blanks = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();
const files = readdirSync('messages').filter((name) => name.endsWith('.vi.json'));

it.each(files)('%s says everything in both languages with the same blanks', (name) => {
  const [vietnamese, english] = [read(name), read(name.replace('.vi.', '.en.'))];
  expect(Object.keys(english)).toEqual(Object.keys(vietnamese));
  for (const [key, text] of Object.entries(vietnamese)) expect([key, blanks(english[key] ?? '')]).toEqual([key, blanks(text)]);
});
