import { mount } from 'svelte';
import '../ui/fonts.css';
import '../ui/base.css';
import citizen from '../../messages/citizen.vi.json';
import common from '../../messages/common.vi.json';
import { speech } from '../lib/speech.svelte';
import { follow } from '../lib/theme';
import App from './App.svelte';

follow();

const english = async (): Promise<Record<string, string>> => (await import('../../messages/citizen.en')).default;

await speech.learn({ ...common, ...citizen }, english);
mount(App, { target: document.getElementById('app') ?? document.body });

if ('serviceWorker' in navigator && import.meta.env.PROD) {
  addEventListener('load', () => void navigator.serviceWorker.register('/sw.js').catch(() => undefined));
}
