// Sends what stands in the form to /graphql and shows the answer; text only, nothing is rendered as HTML.
const by = (id) => document.getElementById(id);

async function run() {
  let variables;
  try {
    variables = JSON.parse(by('variables').value || '{}');
  } catch {
    by('status').textContent = 'Variabel bukan JSON. The variables are not JSON.';
    return;
  }
  const headers = { 'Content-Type': 'application/json' };
  const token = by('token').value.trim();
  if (token) headers.Authorization = `Bearer ${token}`;
  const body = JSON.stringify({ query: by('query').value, variables });
  try {
    // With a token the session stays at home: one identity a request.
    const credentials = token ? 'omit' : 'same-origin';
    const answer = await fetch('/graphql', { method: 'POST', headers, body, credentials });
    by('status').textContent = `${answer.status} ${answer.statusText}`;
    const text = await answer.text();
    try {
      by('answer').textContent = JSON.stringify(JSON.parse(text), null, 2);
    } catch {
      by('answer').textContent = text;
    }
  } catch {
    by('status').textContent = 'Tidak tersambung. No connection.';
  }
}

by('form').addEventListener('submit', (event) => {
  event.preventDefault();
  run();
});
document.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) run();
});
