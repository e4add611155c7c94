import common from './common.en.json';
import page from './citizen.en.json';

export default { ...common, ...page };
