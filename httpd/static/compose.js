// Only comfort: a mail can be written and sent without this file.
'use strict';

const form = document.querySelector('[data-compose]');
const find = (selector) => form.querySelector(selector);
const field = (name) => find(`[name="${name}"]`);
const make = (tag, text, more) => Object.assign(document.createElement(tag), { textContent: text || '' }, more);

let changed = false;
let leaving = false;
let uploads = 0; // files that are not here yet
let pressed = null; // the button of a form that waits for them

// --- rich text: the server gets both, and makes the HTML harmless
const rich = find('[data-rich]');
const text = field('text');
const toggle = find('[data-toggle]');
const styles = find('[data-styles]');
const escaped = (value) => make('i', value).innerHTML;
function setRich(on) {
  if (on) rich.innerHTML = field('html').value || text.value.split('\n').map((line) => `<div>${escaped(line) || '<br>'}</div>`).join('');
  else if (!rich.hidden) text.value = rich.innerText;
  rich.hidden = styles.hidden = !on;
  text.hidden = on;
  toggle.textContent = on ? toggle.dataset.plainWord : toggle.dataset.richWord;
  collect();
}
function collect() {
  field('html').value = rich.hidden ? '' : rich.innerHTML;
  if (!rich.hidden) text.value = rich.innerText;
}
toggle.hidden = false;
toggle.addEventListener('click', () => { setRich(rich.hidden); changed = true; (rich.hidden ? text : rich).focus(); });
rich.addEventListener('input', () => { changed = true; });
for (const button of styles.children) {
  button.addEventListener('mousedown', (event) => event.preventDefault()); // the selection stays
  button.addEventListener('click', () => {
    rich.focus();
    document.execCommand(button.dataset.style, false, button.dataset.value);
    showStyles();
  });
}
function showStyles() {
  for (const button of styles.children) button.setAttribute('aria-pressed', document.queryCommandState(button.dataset.style));
}
rich.addEventListener('keyup', showStyles);
rich.addEventListener('mouseup', showStyles);
if (field('html').value) setRich(true);

// --- the draft
function body(what, withFiles) {
  collect();
  const data = new FormData(form);
  if (!withFiles) data.delete('files');
  data.set('do', what);
  return data;
}
async function post(what, more) {
  const answer = await fetch('/compose', { method: 'POST', headers: { Accept: 'application/json' }, body: body(what), ...more });
  if (!(answer.headers.get('Content-Type') || '').startsWith('application/json')) throw new Error('no answer');
  return answer.json();
}
const say = (words) => { find('[data-status]').textContent = words; };
async function save() {
  if (!changed || leaving) return;
  changed = false;
  try {
    const answer = await post('save');
    if (answer.fault) changed = true;
    say(answer.fault || answer.text);
  } catch {
    changed = true;
    if (!leaving) say(form.dataset.unsaved);
  }
}
setInterval(save, 30000);
form.addEventListener('input', () => { changed = true; });
window.addEventListener('pagehide', () => {
  if (changed && !leaving) { changed = false; post('save', { keepalive: true }).catch(() => {}); }
});
window.addEventListener('beforeunload', (event) => { // what is too large is not taken along when a page is left
  if (leaving) return;
  if (uploads || (changed && text.value.length + field('html').value.length > 50000)) event.preventDefault();
});
form.addEventListener('submit', (event) => {
  if (leaving || uploads) {
    event.preventDefault();
    if (uploads) pressed = event.submitter;
    return;
  }
  collect();
  leaving = true;
  setTimeout(() => { leaving = false; }, 4000); // the answer may be an error of the network
});
window.addEventListener('pageshow', () => { leaving = false; });
form.addEventListener('keydown', (event) => {
  if (event.defaultPrevented || event.key !== 'Enter') return;
  if (event.ctrlKey || event.metaKey) find('button[value=send]').click();
  else if (event.target.matches('input:not([type=file])')) event.preventDefault();
});
if (text.autofocus) text.setSelectionRange(0, 0); // an answer begins above the quoted text

// --- files: each goes at once, with a bar
const files = field('files');
const kept = find('[data-kept]');
const fault = find('[data-files-fault]');
function complain(words) { fault.textContent = words; fault.hidden = !words; }
function showKept(list) {
  for (const row of [...kept.children]) if (!row.dataset.upload) row.remove();
  for (const file of list) {
    const row = make('li');
    const button = make('button', form.dataset.remove, { type: 'button', className: 'small' });
    button.append(make('span', ' ' + file.name, { className: 'hidden' }));
    button.addEventListener('click', async () => {
      try { showKept((await post('remove-' + file.id)).files); } catch { complain(form.dataset.unsaved); }
    });
    row.append(make('span', file.name, { className: 'name' }), ' ', make('span', file.size, { className: 'muted' }), ' ', button);
    kept.append(row);
  }
}
function upload(file) {
  const row = make('li');
  const bar = make('progress', '', { max: 1, value: 0 });
  const stop = make('button', form.dataset.stop, { type: 'button', className: 'small' });
  bar.setAttribute('aria-label', file.name);
  row.dataset.upload = '1';
  row.append(make('span', file.name, { className: 'name' }), ' ', bar, ' ', stop);
  kept.append(row);
  const request = new XMLHttpRequest();
  const data = body('attach');
  data.append('files', file);
  return new Promise((done) => {
    request.open('POST', '/compose');
    request.setRequestHeader('Accept', 'application/json');
    request.responseType = 'json';
    request.upload.addEventListener('progress', (event) => { if (event.lengthComputable) bar.value = event.loaded / event.total; });
    request.addEventListener('loadend', () => {
      uploads -= 1;
      row.remove();
      if (request.response && request.response.files) showKept(request.response.files);
      if (!request.stopped) complain(request.response && request.response.files ? request.response.fault : form.dataset.broken);
      done();
    });
    stop.addEventListener('click', () => { pressed = null; request.stopped = true; request.abort(); });
    request.send(data);
  });
}
async function uploadAll(list) {
  const all = [...list];
  const size = all.reduce((sum, file) => sum + file.size, 0);
  if (size * 1.37 > Number(form.dataset.largest)) { complain(form.dataset.tooLarge); return; } // as base64
  complain('');
  uploads += all.length;
  for (const file of all) await upload(file);
  if (uploads || !pressed) return;
  const button = pressed;
  pressed = null;
  if (fault.hidden) form.requestSubmit(button);
}
find('[data-attach]').hidden = true;
files.addEventListener('change', () => {
  const list = [...files.files];
  files.value = '';
  uploadAll(list);
});
form.addEventListener('dragover', (event) => {
  if (![...event.dataTransfer.types].includes('Files')) return;
  event.preventDefault();
  form.classList.add('dropping');
});
form.addEventListener('dragleave', (event) => { if (!form.contains(event.relatedTarget)) form.classList.remove('dropping'); });
form.addEventListener('drop', (event) => {
  form.classList.remove('dropping');
  if (!event.dataTransfer.files.length) return;
  event.preventDefault();
  uploadAll(event.dataTransfer.files);
});

// --- ready-made texts
const canned = field('canned');
if (canned) canned.parentElement.querySelector('button').addEventListener('click', (event) => {
  event.preventDefault();
  const words = canned.selectedOptions[0] && canned.selectedOptions[0].dataset.text;
  if (!words) return;
  changed = true;
  if (!rich.hidden) { rich.focus(); document.execCommand('insertText', false, words); return; }
  text.focus();
  text.setRangeText(words, text.selectionStart, text.selectionEnd, 'end');
});

// --- people: a combobox (ARIA), for the address behind the last comma
function completed(input) {
  input.removeAttribute('list');
  const list = make('ul', '', { className: 'suggestions', id: input.id + '-list', hidden: true });
  list.setAttribute('role', 'listbox');
  list.setAttribute('aria-label', input.labels[0].textContent);
  input.after(list);
  for (const [name, value] of [['role', 'combobox'], ['aria-autocomplete', 'list'], ['aria-controls', list.id], ['aria-expanded', 'false']]) input.setAttribute(name, value);
  let found = [];
  let at = 0;
  let asked = '';
  let waiting = null;
  const split = () => {
    const end = input.value.search(/[^,;\n]*$/);
    return { before: input.value.slice(0, end), word: input.value.slice(end).trim() };
  };
  const close = () => { found = []; list.hidden = true; input.setAttribute('aria-expanded', 'false'); input.removeAttribute('aria-activedescendant'); };
  const mark = () => {
    [...list.children].forEach((item, index) => item.setAttribute('aria-selected', index === at));
    input.setAttribute('aria-activedescendant', list.id + at);
    list.children[at].scrollIntoView({ block: 'nearest' });
  };
  const choose = (index) => {
    const { before } = split();
    input.value = before + (before ? ' ' : '') + found[index].value + ', ';
    changed = true;
    asked = '';
    close();
  };
  const ask = async () => {
    const { word } = split();
    asked = word;
    if (!word) { close(); return; }
    const answer = await fetch('/complete?q=' + encodeURIComponent(word), { headers: { Accept: 'application/json' } });
    if (!answer.ok || asked !== word) return;
    found = (await answer.json()).found;
    at = 0;
    list.replaceChildren(...found.map((one, index) => {
      const item = make('li', '', { id: list.id + index });
      item.setAttribute('role', 'option');
      item.append(make('span', one.name), make('span', one.about, { className: 'muted small' }));
      item.addEventListener('mousedown', (event) => { event.preventDefault(); choose(index); });
      return item;
    }));
    if (!found.length || document.activeElement !== input) { close(); return; }
    list.hidden = false;
    input.setAttribute('aria-expanded', 'true');
    mark();
  };
  input.addEventListener('input', () => { clearTimeout(waiting); waiting = setTimeout(() => { waiting = null; ask().catch(close); }, 120); });
  input.addEventListener('blur', close);
  input.addEventListener('keydown', async (event) => {
    if (event.key === 'Tab' && !event.shiftKey && waiting && split().word) { // typed faster than asked
      event.preventDefault();
      clearTimeout(waiting);
      waiting = null;
      await ask().catch(close);
      if (found.length) choose(0);
      return;
    }
    if (!found.length) return;
    if (event.key === 'ArrowDown') at = (at + 1) % found.length;
    else if (event.key === 'ArrowUp') at = (at + found.length - 1) % found.length;
    else if (event.key === 'Escape') { event.preventDefault(); event.stopPropagation(); close(); return; }
    else if ((event.key === 'Enter' && !event.ctrlKey) || (event.key === 'Tab' && !event.shiftKey)) { event.preventDefault(); choose(at); return; }
    else return;
    event.preventDefault();
    mark();
  });
}
form.querySelectorAll('[data-people]').forEach(completed);
