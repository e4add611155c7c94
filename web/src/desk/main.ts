import { mount } from 'svelte';
import '../ui/fonts.css';
import '../ui/base.css';
import './desk.css';
import common from '../../messages/common.vi.json';
import desk from '../../messages/desk.vi.json';
import { speech } from '../lib/speech.svelte';
import { follow } from '../lib/theme';
import App from './App.svelte';

follow();

const english = async (): Promise<Record<string, string>> => (await import('../../messages/desk.en')).default;

await speech.learn({ ...common, ...desk }, english);
mount(App, { target: document.getElementById('app') ?? document.body });
