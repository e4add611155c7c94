import { mount } from 'svelte';
import '../ui/fonts.css';
import '../ui/base.css';
import common from '../../messages/common.vi.json';
import dashboard from '../../messages/dashboard.vi.json';
import { speech } from '../lib/speech.svelte';
import { follow } from '../lib/theme';
import App from './App.svelte';

follow();

const english = async (): Promise<Record<string, string>> => (await import('../../messages/dashboard.en')).default;

await speech.learn({ ...common, ...dashboard }, english);
mount(App, { target: document.getElementById('app') ?? document.body });
