// Only comfort: every page works without this file. Pages of other parts have their own files beside it.
'use strict';

const one = (selector, from = document) => from.querySelector(selector);
const all = (selector, from = document) => [...from.querySelectorAll(selector)];
const wide = matchMedia('(scripting: enabled) and (min-width: 70rem)'); // as in style.css
const hasPanes = () => wide.matches && one('.panes') !== null;

// "Choose all" above a list.
function prepareList() {
  const form = one('[data-list]');
  const boxes = form ? all('input[name=uid]', form) : [];
  if (boxes.length < 2 || one('.choose-all')) return;
  const label = document.createElement('label');
  const box = document.createElement('input');
  box.type = 'checkbox';
  label.className = 'choose-all';
  label.append(box, ' ', form.dataset.chooseAll);
  one('.head', form).append(label);
  const show = () => {
    const chosen = boxes.filter((each) => each.checked).length;
    box.checked = chosen === boxes.length;
    box.indeterminate = chosen > 0 && chosen < boxes.length;
  };
  box.addEventListener('change', () => boxes.forEach((each) => { each.checked = box.checked; }));
  form.addEventListener('change', (event) => { if (event.target !== box) show(); });
  show();
}

// A mail's frame is as high as its content, so that only the page scrolls. The content is at home, so we may look.
function fit(frame) {
  const body = frame.contentDocument && frame.contentDocument.body;
  if (body && body.firstChild) frame.style.height = Math.min(Math.max(body.offsetHeight + 4, 120), 20000) + 'px';
}
document.addEventListener('load', (event) => { if (event.target.matches('iframe[sandbox].frame')) fit(event.target); }, true);
addEventListener('resize', () => all('iframe[sandbox].frame').forEach(fit));

// What went wrong, in the words of the page that says so; false: there is none, or it tries again by itself.
function told(answer, page) {
  if (!page || answer.status < 400 || answer.headers.has('Retry-After')) return false;
  const words = all('h1, h1 + p', page).map((line) => line.textContent).join('. ');
  all('main > .notice').forEach((notice) => notice.remove());
  const notice = document.createElement('div');
  notice.className = 'notice';
  notice.setAttribute('role', 'alert');
  notice.textContent = words;
  one('main').prepend(notice);
  return true;
}

// A page of the same site as a document; where it cannot be had, the browser goes there itself.
async function load(url, options) {
  const answer = await fetch(url, options).catch(() => null);
  const isPage = answer && (answer.headers.get('Content-Type') || '').startsWith('text/html');
  const page = isPage && new DOMParser().parseFromString(await answer.text(), 'text/html');
  const style = (from) => one('link[rel=stylesheet]', from)?.getAttribute('href'); // another after an update of the server
  const left = !page || (answer.redirected && new URL(answer.url).pathname === '/login');
  if (left || !one('#main', page) || !one('.bar', page) || style(page) !== style()) { // the last ones: an error page
    if (!options) location.assign(url);
    else if (!told(answer, page)) location.reload();
    return null;
  }
  page.address = answer.url;
  return page;
}

// Takes over what is newer in `page`: folders, the list, the message, the notice. A notice with its Undo stays while the
// next message opens.
function show(page, notices = 'new', regions = ['.folders', '.list-pane']) {
  for (const region of regions) {
    const here = one(region), there = one(region, page);
    if (here && there && !here.isEqualNode(there)) here.replaceWith(there); // what stays as it is costs no layout
  }
  if (notices === 'new') {
    all('main > .notice').forEach((notice) => notice.remove());
    const notice = one('main > .notice', page);
    if (notice) one('main').prepend(notice);
  }
  const pane = one('.reading-pane');
  const content = one('article.message', page) || one('.reading-pane > *', page) || one('main > .nothing', page);
  if (pane && content) { pane.replaceChildren(content); pane.scrollTop = 0; }
  prepareList();
  mark();
}

const openUid = () => (/^#m(\d+)$/.exec(location.hash) || [])[1];
const rows = () => all('.messages li');
const rowOf = (uid) => rows().find((row) => one('input', row).value.split(' ')[0].split(',').includes(uid)); // a row may be a conversation

// Shows in the list which message is open.
function mark() {
  for (const row of rows()) {
    const link = one('a', row);
    const isOpen = hasPanes() && row.dataset.uid === openUid();
    if (isOpen) link.setAttribute('aria-current', 'true'); else link.removeAttribute('aria-current');
    if (isOpen) row.classList.remove('unread');
  }
}

// What the address says: "#m7" opens the message beside the list. Back and forward come here, too.
let coming; // the message that was asked for
async function follow() {
  if (!one('.panes') || listAddress() !== shown) return;
  const uid = openUid();
  const row = uid && rowOf(uid);
  if (!hasPanes() || !row) { mark(); return; }
  if (uid === coming || (one('.reading-pane article') || { dataset: {} }).dataset.uid === uid) return;
  coming = uid;
  const asked = load(one('a', row).href);
  mark(); // while it comes
  const page = await asked;
  if (coming === uid) coming = undefined;
  if (page && openUid() === uid) show(page, 'kept');
}
function openRow(row) {
  if (!row) return;
  const link = one('a', row);
  if (!hasPanes()) { link.click(); return; }
  if (openUid() !== row.dataset.uid) location.hash = 'm' + row.dataset.uid;
  follow(); // the event comes some milliseconds later
  link.focus({ preventScroll: true });
  row.scrollIntoView({ block: 'nearest' });
}
addEventListener('hashchange', follow);
const isPlain = (event) => event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
document.addEventListener('click', (event) => {
  const link = event.target.closest('.messages a');
  if (!link || !isPlain(event) || !hasPanes()) return;
  event.preventDefault();
  openRow(link.closest('li'));
});

// From one list to another (a folder, the next page, a search) the page stays and its parts change: a third of the time.
const listAddress = () => location.pathname + location.search;
const isList = (url) => url.origin === location.origin && /^\/(mail\/[^/]+|search)$/.test(url.pathname) && !url.hash;
let shown = listAddress(), visits = 0;
async function visit(url, isNew) {
  const visit = ++visits;
  one('.list-pane').setAttribute('aria-busy', 'true');
  const page = await load(url);
  if (!page || visit !== visits) return; // something else was clicked meanwhile
  if (!one('.list-pane', page)) { location.assign(url); return; }
  if (isNew) history[page.address === location.href ? 'replaceState' : 'pushState'](null, '', page.address);
  shown = listAddress();
  document.title = page.title;
  all('main > .waiting, main > .warning').forEach((line) => line.remove());
  one('main').prepend(...all('main > .waiting, main > .warning', page));
  show(page, 'new', ['.bar', '.folders', '.list-pane']);
  if (!isNew) { follow(); return; }
  scrollTo(0, 0);
  const title = one('.list-pane h1');
  title.tabIndex = -1;
  title.focus({ preventScroll: true });
}
// A panel that the address holds open (#side) only closes with a new page.
const staysHere = (event, url) => !event.defaultPrevented && one('.list-pane') && location.hash !== '#side' && isList(url);
document.addEventListener('click', (event) => {
  const link = event.target.closest('a[href]');
  if (!link || !isPlain(event) || link.target || !staysHere(event, link)) return;
  event.preventDefault();
  visit(link.href, true);
});
document.addEventListener('submit', (event) => {
  // A field may be called "action", and hides the form's own then.
  const url = new URL(event.target.getAttribute('action') || '', location);
  if (event.target.method !== 'get' || !staysHere(event, url)) return;
  event.preventDefault();
  url.search = new URLSearchParams(new FormData(event.target, event.submitter));
  visit(url.href, true);
});
addEventListener('popstate', () => { if (one('.list-pane') && listAddress() !== shown) visit(listAddress(), false); });

// Forms of the list and of the message beside it are sent without leaving the page; then the next message is open.
document.addEventListener('submit', async (event) => {
  const form = event.target;
  if (!hasPanes() || form.method !== 'post' || !form.matches('.list, .tools, .receipt, .notice form')) return;
  event.preventDefault();
  const body = new URLSearchParams(new FormData(form, event.submitter));
  const list = one('.list');
  if (form.matches('.tools')) body.set('back', list.elements.back.value);
  const uid = openUid();
  const at = rows().findIndex((row) => row.dataset.uid === uid);
  const around = rows().slice(at + 1).concat(rows().slice(0, Math.max(at, 0)).reverse()).map((row) => row.dataset.uid);
  const address = listAddress();
  const page = await load(form.action, { method: 'POST', body });
  if (!page || address !== listAddress()) return;
  if (form.matches('.tools') && one('article.message', page)) { show(page); refresh(); return; }
  show(page);
  if (uid && !rowOf(uid)) {
    const next = around.find(rowOf);
    history.replaceState(null, '', next ? '#m' + next : listAddress());
    follow();
  } else if (uid) {
    const message = await load(one('a', rowOf(uid)).href);
    if (message) show(message, 'kept');
  }
});

// New mail appears by itself. Asking is two numbers; only when they change the list is fetched.
async function refresh() {
  const address = listAddress();
  const page = await load(location.pathname + location.search.replace(/[?&](notice|n|undo\w*)=[^&]*/g, ''));
  if (!page || !one('.list-pane', page) || address !== listAddress()) return;
  const kept = one('.reading-pane > *');
  const focused = document.activeElement.closest('.messages li');
  one('.reading-pane', page)?.remove();
  show(page, 'kept');
  if (kept) one('.reading-pane').replaceChildren(kept);
  if (focused) rowOf(focused.dataset.uid)?.querySelector('a').focus({ preventScroll: true });
}
async function lookForNews() {
  const list = one('[data-news]');
  const busy = list && (one('input[name=uid]:checked', list) || one('details[open]', list));
  if (!list || document.hidden || busy) return;
  const answer = await fetch(list.dataset.news).catch(() => null);
  if (!answer || !answer.ok || answer.redirected || list !== one('[data-news]')) return;
  const [state, unseen] = (await answer.text()).trim().split(' ');
  document.title = document.title.replace(/^(\(\d+\) )?/, Number(unseen) ? `(${unseen}) ` : '');
  if (state !== one('[data-news]')?.dataset.state) await refresh();
}
setInterval(lookForNews, 30000);
document.addEventListener('visibilitychange', lookForNews);

// Keyboard shortcuts; /keys explains them and can turn them off.
const press = (value, from) => { const button = one(`button[value="${value}"]`, from); if (button) button.click(); return button; };
function act(value) {
  const message = one('article.message .tools');
  if (message && (!hasPanes() || openUid())) return press(value, message);
  const row = document.activeElement.closest('.messages li');
  if (!one('input[name=uid]:checked') && row) one('input', row).checked = true;
  return one('input[name=uid]:checked') && press(value, one('.list'));
}
function step(by) {
  const page = one('article.message');
  if (page && !one('.panes')) { one(by > 0 ? '.tools a[rel=next]' : '.tools a[rel=prev]')?.click(); return; }
  const list = rows();
  const here = list.findIndex((row) => (hasPanes() && openUid() ? row.dataset.uid === openUid() : row.contains(document.activeElement)));
  const next = list[Math.min(Math.max(here + by, 0), list.length - 1)];
  if (hasPanes()) openRow(next); else if (next) one('a', next).focus();
}
async function help() {
  const page = await load('/keys');
  if (!page) return;
  const dialog = document.createElement('dialog');
  dialog.append(one('.keys', page));
  dialog.addEventListener('close', () => dialog.remove());
  dialog.addEventListener('click', (event) => { if (event.target === dialog) dialog.close(); });
  document.body.append(dialog);
  prepareSwitch();
  dialog.showModal();
}
function prepareSwitch() {
  const place = one('[data-keys]');
  if (!place) return;
  place.hidden = false;
  const box = one('input', place);
  box.checked = localStorage.getItem('keys') !== 'off';
  box.addEventListener('change', () => localStorage.setItem('keys', box.checked ? 'on' : 'off'));
}
const keys = {
  j: () => step(1), k: () => step(-1),
  o: () => { const row = document.activeElement.closest('.messages li'); if (row) openRow(row); },
  u: () => { if (openUid()) history.replaceState(null, '', listAddress()), refresh().then(() => one('.reading-pane').replaceChildren()); else one('.tools a.back')?.click(); },
  x: () => document.activeElement.closest('.messages li')?.querySelector('input').click(),
  s: () => { const row = document.activeElement.closest('.messages li'); (openUid() || !row ? one('.tools .star') : one('.star', row))?.click(); },
  e: () => act('archive'), '#': () => act('delete'), Delete: () => act('delete'), '!': () => act('junk'), m: () => act('unread'),
  z: () => one('.notice form button')?.click(),
  r: () => one('.tools a[href$="/reply"]')?.click(), a: () => one('.tools a[href$="/reply-all"]')?.click(), f: () => one('.tools a[href$="/forward"]')?.click(),
  c: () => location.assign('/compose'), '/': () => one('#q')?.focus(), '?': help, g: () => { keys.waiting = Date.now(); }, i: () => { if (Date.now() - (keys.waiting || 0) < 1500) location.assign('/mail/INBOX'); },
};
document.addEventListener('keydown', (event) => {
  const typing = event.target.matches('input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]');
  if (event.key === 'Escape') {
    const menus = all('details.menu[open]');
    for (const menu of menus) { menu.open = false; one('summary', menu).focus(); }
    if (location.hash === '#side') location.hash = 'main';
    else if (!menus.length && !typing && !one('dialog[open]')) one('.tools a.back') && !hasPanes() && one('.tools a.back').click();
    return;
  }
  if (typing || event.ctrlKey || event.metaKey || event.altKey || one('dialog[open]') || localStorage.getItem('keys') === 'off') return;
  if (!one('.app.mail') || one('.compose') || !Object.hasOwn(keys, event.key) || typeof keys[event.key] !== 'function') return;
  event.preventDefault();
  keys[event.key]();
});

// Menus close when something else is clicked.
document.addEventListener('click', (event) => {
  for (const menu of all('details.menu[open]')) if (!menu.contains(event.target)) menu.open = false;
});

prepareList();
prepareSwitch();
all('iframe[sandbox].frame').forEach(fit);
follow();

