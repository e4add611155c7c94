import { describe, expect, it } from 'vitest';
import { ago, day, exact, moment, span, timeLeft, urgency, workingMinutes, WORKING_DAY, yearOfMonths } from '../src/lib/time';

// Wednesday 25 November 2026, 09:00 in Vietnam.
const NOW = Date.parse('2026-11-25T02:00:00Z');
const at = (local: string): string => new Date(`${local}+07:00`).toISOString();

it('counts a year in whole months, in Vietnam', () => {
  expect([yearOfMonths(NOW), yearOfMonths(Date.parse('2026-12-31T17:30:00Z'))]).toEqual(['2025-11-01', '2026-01-01']);
});

describe('working time', () => {
  it('counts both half-days and not the noon between them', () => {
    expect(workingMinutes(Date.parse(at('2026-11-25T07:30:00')), Date.parse(at('2026-11-25T17:00:00')))).toBe(WORKING_DAY);
  });

  it('skips the weekend', () => {
    expect(workingMinutes(Date.parse(at('2026-11-27T16:00:00')), Date.parse(at('2026-11-30T08:30:00')))).toBe(120);
  });

  it('is nothing when the end lies before the beginning', () => {
    expect(workingMinutes(NOW, NOW - 1)).toBe(0);
  });

  it('agrees with counting every minute', () => {
    const from = Date.parse(at('2026-11-24T16:40:00'));
    for (const hours of [1, 5, 17, 40, 90, 200]) {
      const to = from + hours * 3_600_000;
      let naive = 0;
      for (let minute = from; minute < to; minute += 60_000) {
        const local = new Date(minute + 7 * 3_600_000);
        const time = local.getUTCHours() * 60 + local.getUTCMinutes();
        const open = (time >= 450 && time < 690) || (time >= 810 && time < 1020);
        if (open && local.getUTCDay() % 6 !== 0) naive += 1;
      }
      expect(workingMinutes(from, to)).toBe(naive);
    }
  });
});

describe('words', () => {
  it('says what is left in working hours', () => {
    expect(timeLeft(at('2026-11-25T17:00:00'), false, NOW, 'vi')).toBe('còn 6 giờ làm việc');
    expect(timeLeft(at('2026-11-25T17:00:00'), false, NOW, 'en')).toBe('6 working hours left');
  });

  it('says what is left by the clock for what is urgent', () => {
    expect(timeLeft(at('2026-11-25T11:30:00'), true, NOW, 'vi')).toBe('còn 2 giờ');
  });

  it('says days when there are two and more', () => {
    expect(timeLeft(at('2026-12-01T09:00:00'), false, NOW, 'vi')).toBe('còn 4 ngày làm việc');
  });

  it('says how long it is overdue', () => {
    expect(timeLeft(at('2026-11-25T08:20:00'), false, NOW, 'vi')).toBe('quá hạn 40 phút');
    expect(timeLeft(at('2026-11-22T08:00:00'), true, NOW, 'en')).toBe('3 days overdue');
  });

  it('names moments as people do', () => {
    expect(moment(at('2026-11-25T14:05:00'), NOW, 'vi')).toBe('14:05 hôm nay');
    expect(moment(at('2026-11-27T14:05:00'), NOW, 'vi')).toBe('14:05 thứ Sáu');
    expect(moment(at('2026-12-09T07:30:00'), NOW, 'en')).toBe('07:30 Wednesday, 9/12/2026');
    expect(exact(at('2026-11-22T14:05:00'))).toBe('14:05, 22/11/2026');
    expect(ago(at('2026-11-25T06:00:00'), NOW, 'vi')).toBe('3 giờ trước');
  });

  it('takes the day in Vietnam, not in London', () => {
    expect(day(Date.parse('2026-11-24T18:00:00Z'))).toBe('2026-11-25');
    expect(day(NOW, 6)).toBe('2026-11-19');
    expect(urgency(at('2026-11-25T23:59:00'), NOW)).toBe('today');
    expect(urgency(at('2026-11-26T00:01:00'), NOW)).toBe('later');
    expect(urgency(at('2026-11-25T08:59:00'), NOW)).toBe('overdue');
    expect(urgency(at('2026-11-26T01:00:00'), Date.parse(at('2026-11-25T22:00:00')))).toBe('today');
  });
});

it.each([
  ['2026-03-09', '2026-03-09', '9/3/2026'],
  ['2026-03-01', '2026-03-31', 'tháng 3/2026'],
  ['2026-02-01', '2026-04-30', '2/2026 – 4/2026'],
  ['2026-03-02', '2026-03-08', '2/3 – 8/3/2026'],
  ['2025-12-29', '2026-01-04', '29/12/2025 – 4/1/2026'],
])('names the days from %s to %s', (from, to, words) => {
  expect(span(from, to, 'vi')).toBe(words);
});
