// Only comfort: the form of a filter shows what its choices need, and rows come and go in place.
'use strict';

for (const form of document.querySelectorAll('[data-filter]')) {
  const fit = (row) => {
    const kind = row.querySelector('select').value;
    for (const part of row.querySelectorAll('[data-only]')) part.hidden = !part.dataset.only.split(' ').includes(kind);
    for (const part of row.querySelectorAll('[data-not]')) part.hidden = part.dataset.not === kind;
    const how = row.querySelector('[name=how]');
    if (!how) return;
    how.closest('.field').style.visibility = kind === 'attachment' ? 'hidden' : '';
    for (const option of how.options) {
      option.hidden = option.disabled = ['above', 'below'].includes(option.value) !== (kind === 'size');
    }
    if (how.selectedOptions[0].disabled) how.value = kind === 'size' ? 'above' : 'contains';
  };
  const fitAll = () => form.querySelectorAll('[data-row]').forEach(fit);

  // The server knows how a row looks: the same post, only the rows of its answer are taken.
  form.addEventListener('submit', async (event) => {
    const button = event.submitter;
    if (!button || !/^(add|drop)-/.test(button.value)) return;
    event.preventDefault();
    const data = new FormData(form);
    data.set('do', button.value);
    try {
      const answer = await fetch(form.getAttribute('action'), { method: 'POST', body: new URLSearchParams(data) });
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      const rows = page.querySelectorAll('[data-rows]');
      if (!answer.ok || rows.length !== 2) throw new Error('another page');
      form.querySelectorAll('[data-rows]').forEach((old, i) => old.replaceWith(rows[i]));
      fitAll();
      const kind = button.value.split('-')[1];
      form.querySelector(`[data-rows=${kind}] [data-row]:last-child select`).focus();
    } catch {
      form.submit(); // loses the button, keeps what was written
    }
  });
  form.addEventListener('change', (event) => {
    const row = event.target.closest('[data-row]');
    if (row) fit(row);
  });
  fitAll();
}
