import common from './common.en.json';
import page from './dashboard.en.json';

export default { ...common, ...page };
