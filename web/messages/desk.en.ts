import common from './common.en.json';
import page from './desk.en.json';

export default { ...common, ...page };
