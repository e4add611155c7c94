/** The map with its title, legend and source as one PNG, as it goes into a report to the leaders. */

import type { Scale } from './scale';

export interface Caption {
  title: string;
  subtitle: string;
  source: string;
  /** One line of the legend for each step. */
  steps: string[];
}

const HEAD = 84;
const FOOT = 36;
const LINE = 24;

/** Draws it from the map's canvas; `ratio` are its pixels for one of the page. */
export function picture(map: HTMLCanvasElement, ratio: number, scale: Scale, caption: Caption): HTMLCanvasElement {
  const [width, height] = [map.width / ratio, map.height / ratio];
  const canvas = document.createElement('canvas');
  canvas.width = map.width;
  canvas.height = (height + HEAD + FOOT) * ratio;
  const pen = canvas.getContext('2d');
  if (!pen) throw new Error('no canvas');
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const font = (size: number, weight = 400): string => `${weight} ${size}px 'Be Vietnam Pro', sans-serif`;
  pen.scale(ratio, ratio);
  pen.fillStyle = colour('--surface');
  pen.fillRect(0, 0, width, height + HEAD + FOOT);
  pen.drawImage(map, 0, HEAD, width, height);
  pen.fillStyle = colour('--ink');
  pen.font = font(24, 600);
  pen.fillText(caption.title, 20, 38, width - 40);
  pen.font = font(15);
  pen.fillStyle = colour('--muted');
  pen.fillText(caption.subtitle, 20, 64, width - 40);
  pen.fillText(caption.source, 20, HEAD + height + 24, width - 40);
  pen.font = font(14);
  const box = { x: 12, y: HEAD + height - 24 - caption.steps.length * LINE, width: 44 + Math.max(...caption.steps.map((one) => pen.measureText(one).width), 60) };
  pen.fillStyle = colour('--surface');
  pen.fillRect(box.x, box.y, box.width + 14, caption.steps.length * LINE + 12);
  caption.steps.forEach((words, place) => {
    pen.fillStyle = scale.steps[place]?.colour ?? '#888';
    pen.fillRect(box.x + 10, box.y + 10 + place * LINE, 22, 14);
    pen.fillStyle = colour('--ink');
    pen.fillText(words, box.x + 40, box.y + 22 + place * LINE);
  });
  return canvas;
}
