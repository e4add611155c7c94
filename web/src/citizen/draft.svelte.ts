/** The report that is being written. Every change is kept on the phone, so that going back or closing loses nothing. */

import { forgetWaiting, keepNote, note, type Waiting } from '../lib/store';
import type { Placement, Position, Report } from '../lib/types';

export type Where =
  | { kind: 'unknown' }
  | { kind: 'point'; position: Position; placement: Placement | null; stated: string | null }
  | { kind: 'commune'; commune: string; hint: string };

interface Kept {
  photos: Blob[];
  where: Where;
  category: string;
  text: string;
  name: string;
  phone: string;
  share: boolean;
  neighbour: string;
  neighbour_phone: string;
  begun_at: string;
}

const LONGEST = 4000;

/** How many characters a person would count. */
export function letters(text: string): number {
  if (!('Segmenter' in Intl)) return [...text].length;
  return [...new Intl.Segmenter('vi').segment(text)].length;
}

export class Draft {
  photos = $state.raw<Blob[]>([]);
  where = $state.raw<Where>({ kind: 'unknown' });
  category = $state('');
  text = $state('');
  name = $state('');
  phone = $state('');
  share = $state(false);
  /** For whom a team's member reports. */
  neighbour = $state('');
  neighbour_phone = $state('');
  begun_at = $state('');

  get begun(): boolean {
    return this.photos.length > 0 || this.text !== '' || this.category !== '';
  }

  get placed(): boolean {
    return this.where.kind !== 'unknown';
  }

  get wordless(): boolean {
    return this.text.trim() === '' && this.photos.length === 0;
  }

  get tooLong(): boolean {
    return this.text.length > LONGEST && letters(this.text.trim()) > LONGEST;
  }

  get ready(): boolean {
    return this.placed && this.category !== '' && !this.wordless && !this.tooLong;
  }

  /** As it was left the last time. */
  static async kept(): Promise<Draft> {
    const draft = new Draft();
    const kept = await note<Partial<Kept>>('draft').catch(() => undefined);
    if (kept) Object.assign(draft, kept);
    return draft;
  }

  async keep(): Promise<void> {
    if (!this.begun_at && this.begun) this.begun_at = new Date().toISOString();
    const { photos, where, category, text, name, phone, share, neighbour, neighbour_phone, begun_at } = this;
    await keepNote('draft', { photos, where, category, text, name, phone, share, neighbour, neighbour_phone, begun_at } satisfies Kept).catch(() => undefined);
  }

  /** The body that the server takes; `named` stands in for words when a photo says it all. */
  report(named: string, behalf = false): Report {
    const { where } = this;
    const contact = { ...(this.name.trim() && { name: this.name.trim() }), ...(this.phone.trim() && { phone: this.phone.trim() }) };
    return {
      category: this.category,
      description: this.text.trim() || named,
      captured_at: this.begun_at || new Date().toISOString(),
      ...(where.kind === 'point' && { position: where.position, ...(where.stated && { stated_commune: where.stated }) }),
      ...(where.kind === 'commune' && { place: { commune: where.commune, ...(where.hint.trim() && { hint: where.hint.trim() }) } }),
      ...(behalf && { on_behalf_of: { ...(this.neighbour.trim() && { name: this.neighbour.trim() }), ...(this.neighbour_phone.trim() && { phone: this.neighbour_phone.trim() }) } }),
      ...(Object.keys(contact).length > 0 && { contact, share_contact: this.share }),
    };
  }

  clear(): void {
    Object.assign(this, { photos: [], where: { kind: 'unknown' }, category: '', text: '', neighbour: '', neighbour_phone: '', begun_at: '' });
  }

  /** Takes back what the server refused, to be corrected under a new key. */
  async reopen(item: Waiting): Promise<void> {
    const { report } = item;
    this.photos = item.photos;
    this.category = report.category;
    this.text = report.description;
    if (report.position) {
      this.where = { kind: 'point', position: report.position, placement: null, stated: report.stated_commune ?? null };
    } else if (report.place) {
      this.where = { kind: 'commune', commune: report.place.commune, hint: report.place.hint ?? '' };
    }
    await this.keep();
    await forgetWaiting(item.key);
  }
}
