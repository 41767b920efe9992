// Server-sent events by fetch, because EventSource does not tell that a token is wanted. html.spec.whatwg.org,
// "Server-sent events", "Parsing an event stream".
import { call } from './api.js';

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 10_000;
// The gateway says something at least every ten seconds.
const SILENCE = 25_000;

/**
 * Follows the stream at `path` for ever, going on after a break with the last event seen.
 *
 * @param {(name: string, data: any) => void} take gets each event
 * @param {(connected: boolean) => void} state is told when the connection comes and goes
 */
export async function follow(path, take, state) {
  let lastId;
  let pause = FIRST_PAUSE;
  for (;;) {
    try {
      const headers = { Accept: 'text/event-stream', ...(lastId ? { 'Last-Event-ID': lastId } : {}) };
      const silence = new AbortController();
      const response = await call(path, { headers, signal: silence.signal });
      if (response.ok) {
        for await (const event of events(response.body, silence)) {
          state(true);
          pause = FIRST_PAUSE;
          lastId = event.id ?? lastId;
          take(event.name, JSON.parse(event.data));
        }
      }
    } catch {
      // The gateway is away, or the connection broke: try again.
    }
    state(false);
    await new Promise((resolve) => setTimeout(resolve, pause));
    pause = Math.min(pause * 2, LONGEST_PAUSE);
  }
}

async function* events(body, silence) {
  let event = { name: 'message', data: [] };
  for await (const line of lines(body, silence)) {
    if (line === '') {
      if (event.data.length > 0) yield { ...event, data: event.data.join('\n') };
      event = { name: 'message', data: [] };
      continue;
    }
    const [, field, value] = /^([^:]*):? ?(.*)$/s.exec(line);
    if (field === 'data') event.data.push(value);
    else if (field === 'event') event.name = value;
    else if (field === 'id') event.id = value;
  }
}

async function* lines(body, silence) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const watch = setTimeout(() => silence.abort(), SILENCE);
    const { done, value } = await reader.read().finally(() => clearTimeout(watch));
    if (done) return;
    const parts = (rest + value).split(/\r?\n/);
    rest = parts.pop();
    yield* parts;
  }
}
