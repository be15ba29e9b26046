// Three small comforts of the sandbox bank's pages; each page also works without them.
'use strict';

// A form that waits for a validation elsewhere sends itself once that validation has come.
for (const form of document.querySelectorAll('form[data-watch]')) {
  const look = async () => {
    try {
      const answer = await fetch(form.dataset.watch, { cache: 'no-store' });
      if ((await answer.json()).moved) return form.requestSubmit(form.querySelector('button'));
    } catch { /* the next look may work */ }
    setTimeout(look, 1500);
  };
  setTimeout(look, 1500);
}

// A button that was pressed says so, and cannot be pressed twice.
for (const form of document.querySelectorAll('form[data-busy]')) {
  form.addEventListener('submit', () => {
    const button = form.querySelector('button');
    // Disabled only after the form has been read, or the button's own value would be left out.
    setTimeout(() => { button.disabled = true; button.textContent = form.dataset.busy; });
  });
}

// A list that narrows while one types.
for (const field of document.querySelectorAll('input[data-filter]')) {
  const plain = (text) => text.normalize('NFD').replace(/[\u0300-\u036f]/g, '').toLowerCase();
  field.addEventListener('input', () => {
    for (const row of document.getElementById(field.dataset.filter).children) {
      row.hidden = !plain(row.textContent).includes(plain(field.value));
    }
  });
}
