/** The map under everything: our own commune outlines, our own font, nothing from elsewhere. */

import { type GeoJSONSource, Map as MapLibre, NavigationControl, ScaleControl, setWorkerUrl, type StyleSpecification } from 'maplibre-gl';
import worker from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url';
import 'maplibre-gl/dist/maplibre-gl.css';
import './map.css';
import { isDark } from '../lib/theme';
import type { Language } from '../lib/time';
import type { Heatmap } from '../lib/types';

setWorkerUrl(worker);

const FONT = 'Be Vietnam Pro';

interface Paper {
  ground: string;
  land: string;
  border: string;
  ink: string;
  halo: string;
}

const LIGHT: Paper = { ground: '#dde5e6', land: '#eef3e9', border: '#8a9c93', ink: '#36453f', halo: '#f6f9f3' };
const DARK: Paper = { ground: '#0b1110', land: '#1b2524', border: '#4c5e5a', ink: '#b8c6c3', halo: '#141c1b' };

/** The outlines with one name each in the language of the page, and whatever a layer wants to read. */
export function lands(base: Heatmap, language: Language, more: (id: string) => object = () => ({})): GeoJSON.FeatureCollection {
  const features = base.features.flatMap((feature) => {
    if (!feature.geometry) return [];
    const { id, name } = feature.properties;
    const label = language === 'vi' ? name.vi.replace(/^(Xã|Phường) /, '') : name.en.replace(/ (Commune|Ward)$/, '');
    return [{ type: 'Feature' as const, geometry: feature.geometry, properties: { id, label, ...more(id) } }];
  });
  return { type: 'FeatureCollection', features };
}

function style(base: Heatmap, language: Language): StyleSpecification {
  const paper = isDark() ? DARK : LIGHT;
  return {
    version: 8,
    sources: { lands: { type: 'geojson', data: lands(base, language), promoteId: 'id' } },
    layers: [
      { id: 'ground', type: 'background', paint: { 'background-color': paper.ground } },
      { id: 'land', type: 'fill', source: 'lands', paint: { 'fill-color': paper.land } },
      { id: 'border', type: 'line', source: 'lands', paint: { 'line-color': paper.border, 'line-width': ['interpolate', ['linear'], ['zoom'], 7, 0.8, 13, 2] } },
      {
        id: 'name', type: 'symbol', source: 'lands', minzoom: 7.5,
        layout: { 'text-field': ['get', 'label'], 'text-font': [FONT], 'text-size': ['interpolate', ['linear'], ['zoom'], 8, 11, 12, 15], 'text-max-width': 7, 'text-padding': 4 },
        paint: { 'text-color': paper.ink, 'text-halo-color': paper.halo, 'text-halo-width': 1.4 },
      },
    ],
  };
}

/** West, south, east, north of everything drawn. */
export function extent(base: Heatmap): [number, number, number, number] {
  const box: [number, number, number, number] = [180, 90, -180, -90];
  const visit = (part: unknown): void => {
    if (!Array.isArray(part)) return;
    const [lon, lat] = part as unknown[];
    if (typeof lon === 'number' && typeof lat === 'number') {
      box[0] = Math.min(box[0], lon);
      box[1] = Math.min(box[1], lat);
      box[2] = Math.max(box[2], lon);
      box[3] = Math.max(box[3], lat);
    } else part.forEach(visit);
  };
  for (const { geometry } of base.features) if (geometry && 'coordinates' in geometry) visit(geometry.coordinates);
  return box[0] > box[2] ? [102.1, 20.9, 103.6, 22.6] : box;
}

/** Draws the base map; throws where the browser cannot. What is drawn can be read back where it is to be kept. */
export async function draw(container: HTMLElement, base: Heatmap, language: Language, keep = false): Promise<MapLibre> {
  // Names are drawn with the page's font, so it has to be there first.
  await document.fonts.load(`16px '${FONT}'`, 'Điện Biên').catch(() => undefined);
  const reach = extent(base);
  const map = new MapLibre({
    container,
    style: style(base, language),
    bounds: reach,
    fitBoundsOptions: { padding: 12 },
    maxBounds: [reach[0] - 2, reach[1] - 2, reach[2] + 2, reach[3] + 2],
    minZoom: 5.5,
    maxZoom: 18,
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    fadeDuration: 0,
    canvasContextAttributes: { preserveDrawingBuffer: keep },
  });
  map.touchZoomRotate.disableRotation();
  await new Promise<void>((resolve, reject) => {
    map.once('load', () => resolve());
    map.once('error', (event) => reject(event.error));
  });
  return map;
}

/** A circle of that many metres around a point, as a polygon. */
function circle(lon: number, lat: number, radius: number): GeoJSON.Feature {
  const degrees = radius / 111_320;
  const ring = Array.from({ length: 65 }, (_, step) => {
    const turn = (step / 64) * 2 * Math.PI;
    return [lon + (degrees * Math.cos(turn)) / Math.cos((lat * Math.PI) / 180), lat + degrees * Math.sin(turn)];
  });
  return { type: 'Feature', properties: {}, geometry: { type: 'Polygon', coordinates: [ring] } };
}

export const nothing: GeoJSON.FeatureCollection = { type: 'FeatureCollection', features: [] };

/** A zoom at which that many metres around a point fit on a phone; borders are what a person recognises the place by. */
export const zoomFor = (radius: number): number => Math.max(9, Math.min(15.5, Math.log2(1.05e7 / Math.max(50, radius))));

/** Buttons to look closer, a scale, and the layer of the circle in which a phone says it is. */
export function withCircle(map: MapLibre): void {
  map.addControl(new NavigationControl({ showCompass: false }), 'top-right');
  map.addControl(new ScaleControl({ maxWidth: 90 }), 'bottom-left');
  map.addSource('sure', { type: 'geojson', data: nothing });
  map.addLayer({ id: 'sure', type: 'fill', source: 'sure', paint: { 'fill-color': '#1b8f86', 'fill-opacity': 0.18 } });
  map.addLayer({ id: 'sure-edge', type: 'line', source: 'sure', paint: { 'line-color': '#1b8f86', 'line-width': 2 } });
}

/** Draws the circle of that many metres; without a radius there is none. */
export function showCircle(map: MapLibre, lon: number, lat: number, radius: number | null | undefined): void {
  map.getSource<GeoJSONSource>('sure')?.setData(radius ? circle(lon, lat, radius) : nothing);
}
