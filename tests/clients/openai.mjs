// The official client of OpenAI. Usage: node openai.mjs BASE TEXT; prints the answers as JSON.
import OpenAI from 'openai';

const [base, text] = process.argv.slice(2);
const client = new OpenAI({baseURL: `${base}/v1`, apiKey: 'any', maxRetries: 0});
const one = await client.moderations.create({input: text});
const two = await client.moderations.create({model: 'omni-moderation-latest', input: [text, 'A fine day.']});
let refused = '';
try {
  await client.moderations.create({input: [{type: 'image_url', image_url: {url: 'https://example.org/a.png'}}]});
} catch (error) {
  refused = `${error.constructor.name} ${error.status} ${error.param}`;
}
console.log(JSON.stringify({one, two, refused}));
