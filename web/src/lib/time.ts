/**
 * Times as people say them, in Vietnam (UTC+7 all year). Working hours here follow the common week without holidays:
 * they word what is left; the deadline itself is always the server's.
 */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const OFFSET = 7 * HOUR;
/** Half-days in minutes since midnight. */
const HALF_DAYS: readonly (readonly [number, number])[] = [[450, 690], [810, 1020]];
/** Minutes in one working day. */
export const WORKING_DAY = HALF_DAYS.reduce((sum, [from, to]) => sum + to - from, 0);

export type Language = 'vi' | 'en';

/** Working minutes between two moments, 0 when `to` is earlier. */
export function workingMinutes(from: number, to: number): number {
  let minutes = 0;
  for (let midnight = Math.floor((from + OFFSET) / DAY) * DAY - OFFSET; midnight < to; midnight += DAY) {
    const weekday = new Date(midnight + OFFSET).getUTCDay();
    if (weekday === 0 || weekday === 6) continue;
    for (const [start, end] of HALF_DAYS) {
      const opened = Math.max(from, midnight + start * MINUTE);
      const closed = Math.min(to, midnight + end * MINUTE);
      minutes += Math.max(0, closed - opened) / MINUTE;
    }
  }
  return Math.round(minutes);
}

function amount(minutes: number, language: Language, working: boolean): string {
  const day = working ? WORKING_DAY : 24 * 60;
  const [count, unit] =
    minutes < 60 ? [Math.max(1, Math.round(minutes)), 'minute' as const]
    : minutes < 2 * day ? [Math.floor(minutes / 60), 'hour' as const]
    : [Math.floor(minutes / day), 'day' as const];
  if (language === 'vi') {
    const word = { minute: 'phút', hour: 'giờ', day: 'ngày' }[unit];
    return `${count} ${word}${working ? ' làm việc' : ''}`;
  }
  return `${count} ${working ? 'working ' : ''}${unit}${count === 1 ? '' : 's'}`;
}

/** "còn 6 giờ làm việc" until a deadline, "quá hạn 2 ngày" after it. */
export function timeLeft(due: string, urgent: boolean, now: number, language: Language): string {
  const end = Date.parse(due);
  if (end <= now) {
    const late = amount((now - end) / MINUTE, language, false);
    return language === 'vi' ? `quá hạn ${late}` : `${late} overdue`;
  }
  const left = urgent ? (end - now) / MINUTE : workingMinutes(now, end);
  const words = amount(left, language, !urgent);
  return language === 'vi' ? `còn ${words}` : `${words} left`;
}

const WEEKDAYS = {
  vi: ['Chủ nhật', 'thứ Hai', 'thứ Ba', 'thứ Tư', 'thứ Năm', 'thứ Sáu', 'thứ Bảy'],
  en: ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'],
} as const;

const two = (number: number): string => String(number).padStart(2, '0');

/** "14:05 thứ Tư", with the date when it lies more than six days away. */
export function moment(at: string, now: number, language: Language): string {
  const time = Date.parse(at);
  const local = new Date(time + OFFSET);
  const clock = `${two(local.getUTCHours())}:${two(local.getUTCMinutes())}`;
  const days = Math.floor((time + OFFSET) / DAY) - Math.floor((now + OFFSET) / DAY);
  if (days === 0) return language === 'vi' ? `${clock} hôm nay` : `${clock} today`;
  const weekday = WEEKDAYS[language][local.getUTCDay()] ?? '';
  const date = `${local.getUTCDate()}/${local.getUTCMonth() + 1}`;
  return Math.abs(days) < 7 ? `${clock} ${weekday}` : `${clock} ${weekday}, ${date}/${local.getUTCFullYear()}`;
}

/** The whole moment: "14:05, 22/11/2026". */
export function exact(at: string): string {
  const local = new Date(Date.parse(at) + OFFSET);
  const date = `${two(local.getUTCDate())}/${two(local.getUTCMonth() + 1)}/${local.getUTCFullYear()}`;
  return `${two(local.getUTCHours())}:${two(local.getUTCMinutes())}, ${date}`;
}

/** "3 giờ trước". */
export function ago(at: string, now: number, language: Language): string {
  const minutes = Math.max(0, now - Date.parse(at)) / MINUTE;
  if (minutes < 1) return language === 'vi' ? 'vừa xong' : 'just now';
  const words = amount(minutes, language, false);
  return language === 'vi' ? `${words} trước` : `${words} ago`;
}

/** Today's date in Vietnam minus some days, as the API takes it. */
export function day(now: number, back = 0): string {
  return new Date(now + OFFSET - back * DAY).toISOString().slice(0, 10);
}

/** The first day of this month a year ago, in Vietnam: a year in whole months, which cost the server least. */
export function yearOfMonths(now: number): string {
  const local = new Date(now + OFFSET);
  return `${local.getUTCFullYear() - 1}-${two(local.getUTCMonth() + 1)}-01`;
}

/** Days as people say them: "tháng 3/2026", "3/2026 – 5/2026", "9/3/2026", "2/3 – 8/3/2026". */
export function span(from: string, to: string, language: Language): string {
  const [first = [], last = []] = [from, to].map((day) => day.split('-').map(Number));
  const [[year = 0, month = 1, date = 1], [endYear = 0, endMonth = 1, endDate = 1]] = [first, last];
  if (from === to) return `${date}/${month}/${year}`;
  if (date === 1 && endDate === new Date(Date.UTC(endYear, endMonth, 0)).getUTCDate()) {
    const [begin, end] = [`${month}/${year}`, `${endMonth}/${endYear}`];
    if (begin !== end) return `${begin} – ${end}`;
    return language === 'vi' ? `tháng ${begin}` : begin;
  }
  return `${date}/${month}${year === endYear ? '' : `/${year}`} – ${endDate}/${endMonth}/${endYear}`;
}

/** From 20:00 to 6:00 in Vietnam nobody should be dazzled. */
export const isNight = (now: number): boolean => {
  const hour = new Date(now + OFFSET).getUTCHours();
  return hour >= 20 || hour < 6;
};

export type Urgency = 'overdue' | 'today' | 'later';

const SOON = 6 * HOUR;

/** How a queue is grouped: what is over, what ends today in Vietnam or within six hours, the rest. */
export function urgency(due: string, now: number): Urgency {
  const end = Date.parse(due);
  if (end <= now) return 'overdue';
  if (end - now <= SOON) return 'today';
  return Math.floor((end + OFFSET) / DAY) === Math.floor((now + OFFSET) / DAY) ? 'today' : 'later';
}
