import type { Metric } from './types';
import type { Language } from './time';

/** Whole numbers with the language's separators; null (too few to be told) has none. */
export function count(value: number | null | undefined, language: Language): string {
  if (value === null || value === undefined) return '–';
  return new Intl.NumberFormat(language).format(value);
}

/** 0.934 as "93,4 %". */
export function share(value: number, language: Language): string {
  return `${new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(value * 100)} %`;
}

/** Working hours with one decimal below ten. */
export function hours(value: number, language: Language): string {
  const digits = value < 10 ? 1 : 0;
  const number = new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(value);
  return language === 'vi' ? `${number} giờ` : `${number} h`;
}

/** A metric's value in its own unit; null has no figure. */
export function metricValue(metric: Metric, value: number | null | undefined, language: Language): string {
  if (value === null || value === undefined) return '–';
  switch (metric) {
    case 'on_time_share':
    case 'reopened_share':
      return share(value, language);
    case 'median_resolution_hours':
    case 'p90_resolution_hours':
      return hours(value, language);
    case 'satisfaction':
      return `${new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(value)} / 5`;
    default:
      return count(value, language);
  }
}

/** "20 m", "1,4 km". */
export function metres(value: number, language: Language): string {
  if (value < 1000) return `${Math.round(value)} m`;
  return `${new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(value / 1000)} km`;
}

/** A table as CSV that spreadsheets open: BOM, quotes doubled, and no cell that could run as a formula. */
export function csv(rows: readonly (readonly (string | number | null | undefined)[])[]): string {
  const cell = (value: string | number | null | undefined): string => {
    if (typeof value === 'number' || value === null || value === undefined) return String(value ?? '');
    const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
    return `"${safe.replaceAll('"', '""')}"`;
  };
  return `\ufeff${rows.map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`;
}

/** Gives the reader a file made here. */
export function download(name: string, text: string, type = 'text/csv;charset=utf-8'): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Letters without marks, for searching as people type: "đường hỏng" is found by "duong". */
export function folded(text: string): string {
  return text.normalize('NFD').replace(/[\u0300-\u036f]/g, '').replace(/[đĐ]/g, 'd').toLowerCase();
}

/** The first words of a text, cut between words. */
export function firstWords(text: string, letters = 90): string {
  const line = text.replace(/\s+/g, ' ').trim();
  if (line.length <= letters) return line;
  const cut = line.slice(0, letters);
  return `${cut.slice(0, Math.max(cut.lastIndexOf(' '), letters / 2))}…`;
}
