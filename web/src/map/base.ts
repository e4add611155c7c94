/** The map under everything: our own tiles of the communes, our own font; nothing from elsewhere unless the operator wishes it. */

import {
  type ExpressionSpecification, type FeatureIdentifier, type GeoJSONSource, Map as MapLibre, NavigationControl, ScaleControl, setWorkerUrl, type StyleSpecification,
} from 'maplibre-gl';
import worker from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url';
import 'maplibre-gl/dist/maplibre-gl.css';
import './map.css';
import { KEPT_ZOOM, tiles } from '../lib/places';
import { isDark } from '../lib/theme';
import type { Language } from '../lib/time';
import type { Ground } from '../lib/types';

setWorkerUrl(worker);

const FONT = 'Be Vietnam Pro';
/** Beyond this zoom tiles are enlarged: one unit is then two metres. */
const CLOSEST = 12;

interface Paper {
  ground: string;
  land: string;
  beyond: string;
  border: string;
  ink: string;
  halo: string;
}

const LIGHT: Paper = { ground: '#dde5e6', land: '#eef3e9', beyond: '#e4eae6', border: '#8a9c93', ink: '#36453f', halo: '#f6f9f3' };
const DARK: Paper = { ground: '#0b1110', land: '#1b2524', beyond: '#131b1a', border: '#4c5e5a', ink: '#f2f7f5', halo: 'rgb(11 17 16 / 70%)' };

/** The communes in a layer's description; `served` alone, or those beyond as well. */
export const LANDS = { source: 'lands', 'source-layer': 'communes' } as const;
const SERVED: ExpressionSpecification = ['==', ['get', 'served'], true];

/** A commune, for what is drawn by `feature-state`. */
export const land = (id: string): FeatureIdentifier => ({ source: LANDS.source, sourceLayer: LANDS['source-layer'], id });

/** The name without what it is: "Thanh Yên" of "Xã Thanh Yên". */
function label(language: Language): ExpressionSpecification {
  const name: ExpressionSpecification = ['get', `name_${language}`];
  const begins = (words: string): [ExpressionSpecification, ExpressionSpecification] => [['==', ['slice', name, 0, words.length], words], ['slice', name, words.length]];
  const rest = (words: string): ExpressionSpecification => ['-', ['length', name], words.length];
  const ends = (words: string): [ExpressionSpecification, ExpressionSpecification] => [['==', ['slice', name, rest(words)], words], ['slice', name, 0, rest(words)]];
  if (language === 'vi') return ['case', ...begins('Xã '), ...begins('Phường '), ...begins('Đặc khu '), name];
  return ['case', ...ends(' Commune'), ...ends(' Ward'), name];
}

function style(base: Ground, language: Language): StyleSpecification {
  const paper = isDark() ? DARK : LIGHT;
  const under = base.under ?? null;
  return {
    version: 8,
    sources: {
      lands: { type: 'vector', tiles: [tiles(base)], promoteId: 'id', maxzoom: navigator.onLine ? CLOSEST : KEPT_ZOOM },
      ...(under && { under: { type: 'raster', tiles: [under], tileSize: 256 } }),
    },
    layers: [
      { id: 'ground', type: 'background', paint: { 'background-color': paper.ground } },
      ...(under ? [{ id: 'under', type: 'raster' as const, source: 'under' }] : []),
      { id: 'beyond', type: 'fill', ...LANDS, filter: ['!', SERVED], paint: { 'fill-color': paper.beyond, 'fill-opacity': under ? 0 : 1 } },
      // Pictures below shine through, and a click still finds the commune.
      { id: 'land', type: 'fill', ...LANDS, filter: SERVED, paint: { 'fill-color': paper.land, 'fill-opacity': under ? 0.15 : 1 } },
      { id: 'border', type: 'line', ...LANDS, filter: SERVED, paint: { 'line-color': paper.border, 'line-width': ['interpolate', ['linear'], ['zoom'], 7, 0.8, 13, 2] } },
      {
        id: 'name', type: 'symbol', ...LANDS, minzoom: 7.2,
        layout: { 'text-field': label(language), 'text-font': [FONT], 'text-size': ['interpolate', ['linear'], ['zoom'], 8, 11, 12, 15], 'text-max-width': 7, 'text-padding': 4 },
        paint: { 'text-color': paper.ink, 'text-halo-color': paper.halo, 'text-halo-width': 1.4 },
      },
    ],
  };
}

type Box = [number, number, number, number];

/** Where nothing is known: Điện Biên. */
const PROVINCE: Box = [102.1, 20.9, 103.6, 22.6];

/** West, south, east, north of what is served. */
export const extent = ({ bounds }: Ground): Box => (bounds?.length === 4 ? (bounds as Box) : PROVINCE);

/** Draws the base map; throws where the browser cannot. What is drawn can be read back where it is to be kept. */
export async function draw(container: HTMLElement, base: Ground, language: Language, keep = false): Promise<MapLibre> {
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
    map.once('style.load', () => resolve());
    // A tile that does not come, without a network for instance, leaves its place empty and the map usable.
    map.on('error', (event) => {
      if (!('sourceId' in event) && !('tile' in event)) reject(event.error);
    });
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

/** A circle smaller than that on the screen would only peep out from behind the pin. */
const SEEN_PX = 14;
/** Metres of one pixel on the equator at zoom 0. */
const PIXEL_M = 78_271.5;

/** Draws the circle of that many metres, from where it can be seen; without a radius there is none. */
export function showCircle(map: MapLibre, lon: number, lat: number, radius: number | null | undefined): void {
  const least = Math.log2((SEEN_PX * PIXEL_M * Math.cos((lat * Math.PI) / 180)) / Math.max(1, radius ?? 1));
  for (const layer of ['sure', 'sure-edge']) map.setLayerZoomRange(layer, Math.max(0, least), 24);
  map.getSource<GeoJSONSource>('sure')?.setData(radius ? circle(lon, lat, radius) : nothing);
}
