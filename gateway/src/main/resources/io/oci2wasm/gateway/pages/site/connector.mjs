// The page beside the frame: it starts the ServiceWorker, and joins it with the Run page, which has another origin.
// Nothing here is secret: the container's pages share this origin, and may do what this page does.
const LOOK_MILLISECONDS = 300;
const gateway = document.querySelector('meta[name=gateway]').content;
let toGateway;
let last;

addEventListener('message', ({ origin, source, ports: [port] }) => {
  if (origin !== gateway || source !== parent || !port) return;
  toGateway = port;
  last = undefined;
});

navigator.serviceWorker.onmessage = ({ data, ports: [port] }) => {
  if (data.stream && toGateway) toGateway.postMessage({ stream: true }, [port]);
  else port?.postMessage({ reset: 0 });
};

/** Tells where the frame is: the Run page cannot see it. */
function look() {
  let at;
  try {
    const { pathname, search, hash } = parent.frames.site.location;
    at = pathname + search + hash;
  } catch {
    return; // it is not of this origin yet
  }
  if (at === last || !toGateway) return;
  last = at;
  toGateway.postMessage({ at });
}

try {
  await navigator.serviceWorker.register('worker.mjs', { type: 'module', scope: '/' });
  await navigator.serviceWorker.ready;
  parent.postMessage({ ready: true }, gateway);
  setInterval(look, LOOK_MILLISECONDS);
} catch (error) {
  console.error(error);
  parent.postMessage({ failed: true }, gateway);
}
