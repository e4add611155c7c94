/** Where the citizen is, from the address after `#`: `/new/where`, `/report/K7QM-3XR9-F`. */
class Router {
  #parts = $state.raw<string[]>(read());

  constructor() {
    addEventListener('hashchange', () => {
      this.#parts = read();
      scrollTo(0, 0);
    });
  }

  get screen(): string {
    return this.#parts[0] ?? '';
  }

  get rest(): string {
    return this.#parts[1] ?? '';
  }
}

function read(): string[] {
  return location.hash.replace(/^#\/?/, '').split('/').map(decodeURIComponent);
}

export const router = new Router();
export const go = (path: string): void => void (location.hash = `#/${path}`);
