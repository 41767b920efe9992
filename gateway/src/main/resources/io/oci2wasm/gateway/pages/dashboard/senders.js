// What to set in a registry so that it tells this gateway of pushes (docs/WEBHOOKS.md), for where nothing was pushed yet.
import { h } from './dom.js';

const bearer = 'Bearer SECRET';

/** What each kind of sender is called, and what to set there; `at` is the address of its webhook. */
const SENDERS = {
  distribution: [
    'Distribution, GitLab',
    (at) => `notifications:
  events: {includereferences: true}
  endpoints:
    - name: oci2wasm
      url: ${at}
      headers: {Authorization: ["${bearer}"]}
      timeout: 2s
      threshold: 5
      backoff: 1s
      ignore: {mediatypes: [application/octet-stream], actions: [pull, mount]}`,
  ],
  harbor: ['Harbor', (at) => `Project → Webhooks → New webhook\nnotify type     http\nevents          Artifact pushed, Artifact deleted\nendpoint        ${at}\nauth header     ${bearer}`],
  dockerhub: ['Docker Hub', (at) => `Repository → Webhooks\n${at}/SECRET`],
  github: ['GitHub Packages', (at) => `Organisation or repository → Webhooks\npayload URL     ${at}\ncontent type    application/json\nsecret          SECRET\nevents          Packages`],
  quay: ['Quay', (at) => `Repository → Settings → Events and notifications\nevent           Push to Repository\nmethod          Webhook POST\nURL             ${at}/SECRET`],
  ecr: ['Amazon ECR', (at) => `EventBridge rule    {"source": ["aws.ecr"], "detail-type": ["ECR Image Action"]}\nAPI destination     ${at}\nAPI key             X-Api-Key: SECRET`],
  acr: ['Azure Container Registry', (at) => `az acr webhook create -n oci2wasm -r REGISTRY --uri ${at} \\\n  --actions push delete --headers "Authorization=${bearer}"`],
  gar: [
    'Google Artifact Registry',
    (at) => `gcloud pubsub subscriptions create oci2wasm --topic gcr \\
  --push-endpoint ${at} \\
  --push-auth-service-account pusher@PROJECT.iam.gserviceaccount.com \\
  --push-auth-token-audience ${at}`,
  ],
  jfrog: ['JFrog Artifactory', (at) => `Administration → Webhooks\nURL             ${at}\nevents          Docker: tag was pushed, Docker: tag was deleted\nsecret token    SECRET`],
  gitea: ['Gitea, Forgejo', (at) => `Organisation or user → Webhooks → Gitea\ntarget URL      ${at}\nmethod          POST\ncontent type    application/json\nsecret          SECRET\nevents          Package`],
  zot: ['zot', (at) => `"extensions": {"events": {"enable": true, "sinks": [{\n  "type": "http", "address": "${at}", "timeout": "2s",\n  "headers": {"Authorization": "${bearer}"}}]}}`],
};

/** Who asks without a webhook. */
const OTHERS = { api: 'the API', batch: 'a batch', translate: 'the training of a bundle' };

/** Who asked for an image, as people call it. */
export function senderName(sender) {
  return SENDERS[sender]?.[0] ?? OTHERS[sender] ?? sender;
}

/** The same, which says how it asks. */
export function askedBy(sender) {
  return SENDERS[sender] ? `webhooks of ${senderName(sender)}` : senderName(sender);
}

/** How to begin, with a choice of the registry at hand. */
export function firstSteps() {
  const choice = h('select', {}, Object.entries(SENDERS).map(([name, [label]]) => h('option', { value: name }, label)));
  const snippet = h('pre', { class: 'snippet', tabindex: 0, 'aria-label': 'What to set in the registry' });
  const show = () => {
    snippet.textContent = SENDERS[choice.value][1](`${location.origin}/webhooks/${choice.value}`);
  };
  choice.addEventListener('change', show);
  show();
  return h(
    'div',
    { class: 'first-steps' },
    h('p', {}, 'Nothing was pushed yet. Let a registry tell this gateway of pushes. SECRET is the content of the file that ', h('code', {}, 'gateway.webhookSecretFile'), ' names.'),
    h('label', { class: 'field' }, 'Registry', choice),
    snippet,
  );
}
