// googleapis-common builds its methods from the discovery document, as Jigsaw's moderator does.
// Usage: node google.mjs BASE TEXT; prints the answers as JSON.
import {Discovery} from 'googleapis-common';

const [base, text] = process.argv.slice(2);
const api = await new Discovery({}).discoverAPI(`${base}/$discovery/rest?version=v1alpha1`);
const client = typeof api === 'function' ? api({}) : api;
const analyzed = await client.comments.analyze({
  key: 'any',
  requestBody: {
    comment: {text, type: 'PLAIN_TEXT'},
    requestedAttributes: {TOXICITY: {}, INSULT: {scoreThreshold: 0.1}},
    languages: ['en'],
    spanAnnotations: true,
    clientToken: 'agent_request1',
  },
});
const suggested = await client.comments.suggestscore({
  key: 'any',
  requestBody: {comment: {text}, attributeScores: {TOXICITY: {summaryScore: {value: 1}}}, clientToken: 'c1'},
});
let message = '';
try {
  await client.comments.analyze({requestBody: {comment: {text}}});
} catch (error) {
  message = error.message;
}
console.log(JSON.stringify({analyzed: analyzed.data, suggested: suggested.data, message}));
