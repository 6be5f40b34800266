// Only comfort: every page works without this file.
'use strict';

// "Choose all" above a list.
for (const form of document.querySelectorAll('[data-list]')) {
  const boxes = [...form.querySelectorAll('input[name=uid]')];
  const bulk = form.querySelector('.bulk');
  if (!bulk || boxes.length < 2) continue;
  const label = document.createElement('label');
  const all = document.createElement('input');
  all.type = 'checkbox';
  label.className = 'choose-all';
  label.append(all, ' ', form.dataset.chooseAll);
  form.querySelector('.head').append(label);
  const show = () => {
    const chosen = boxes.filter((box) => box.checked).length;
    all.checked = chosen === boxes.length;
    all.indeterminate = chosen > 0 && chosen < boxes.length;
  };
  all.addEventListener('change', () => boxes.forEach((box) => { box.checked = all.checked; }));
  form.addEventListener('change', (event) => { if (event.target !== all) show(); });
  show();
}

// A mail's frame is as high as its content, so that only the page scrolls.
for (const frame of document.querySelectorAll('iframe.frame')) {
  const fit = () => {
    const body = frame.contentDocument && frame.contentDocument.body;
    if (body && body.firstChild) frame.style.height = Math.min(Math.max(body.offsetHeight + 4, 120), 20000) + 'px';
  };
  frame.addEventListener('load', fit);
  window.addEventListener('resize', fit);
  fit();
}

// Writing: warn before an unsent text is left, say at once when files are too large, send once.
for (const form of document.querySelectorAll('[data-compose]')) {
  const files = form.querySelector('input[type=file]');
  const fault = form.querySelector('[data-files-fault]');
  let changed = false;
  let leaving = false;
  form.addEventListener('input', () => { changed = true; });
  form.addEventListener('submit', (event) => {
    if (leaving) { event.preventDefault(); return; }
    leaving = true;
    setTimeout(() => { leaving = false; }, 4000); // the answer may be a download or an error of the network
  });
  form.addEventListener('keydown', (event) => {
    const send = form.querySelector('button[value=send]');
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) send.click();
    else if (event.key === 'Enter' && event.target.matches('input:not([type=file])')) event.preventDefault();
  });
  files.addEventListener('change', () => {
    const size = [...files.files].reduce((sum, file) => sum + file.size, 0);
    const tooLarge = size * 1.37 > Number(form.dataset.largest); // as base64
    fault.textContent = tooLarge ? form.dataset.tooLarge : '';
    fault.hidden = !tooLarge;
  });
  window.addEventListener('beforeunload', (event) => { if (changed && !leaving) event.preventDefault(); });
  const text = form.querySelector('textarea');
  if (text.autofocus) text.setSelectionRange(0, 0); // an answer begins above the quoted text
}

// Menus close with Escape and when something else is clicked.
document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape') return;
  for (const menu of document.querySelectorAll('details.menu[open]')) {
    menu.open = false;
    menu.querySelector('summary').focus();
  }
});
document.addEventListener('click', (event) => {
  for (const menu of document.querySelectorAll('details.menu[open]')) if (!menu.contains(event.target)) menu.open = false;
});
