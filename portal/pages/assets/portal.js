// Makes the forms nicer. Everything works without it; nothing here sends anything but what a form would.
const words = JSON.parse(document.getElementById('words').textContent);

/** Makes an element with text, never with markup. */
function make(name, text, attributes = {}) {
  const element = document.createElement(name);
  if (text) element.textContent = text;
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

// The size of text, kept for the next page. A browser that keeps nothing still changes this one.
const kept = {
  get: () => { try { return localStorage.getItem('size') ?? '0'; } catch { return '0'; } },
  set: (size) => { try { localStorage.setItem('size', size); } catch { /* private window */ } },
};

function tools() {
  const place = document.getElementById('tools');
  const group = make('div', '', { role: 'group', 'aria-label': words.size_name, class: 'tools' });
  const buttons = words.size.map((name, at) => {
    const button = make('button', name, { type: 'button' });
    button.addEventListener('click', () => { kept.set(String(at)); show(String(at)); });
    return button;
  });
  const show = (size) => {
    document.documentElement.dataset.size = size;
    buttons.forEach((button, at) => button.setAttribute('aria-pressed', String(String(at) === size)));
  };
  group.append(...buttons);
  place.append(group);
  if (words.print) {
    const print = make('button', words.print, { type: 'button' });
    print.addEventListener('click', () => window.print());
    place.append(print);
  }
  show(['0', '1', '2'].includes(kept.get()) ? kept.get() : '0');
}

/** One module for the browser, loaded once, when first needed. */
function lazily(which) {
  let loading;
  return () => {
    loading ??= import(which.glue).then(async (glue) => {
      await glue.default({ module_or_path: which.module });
      return glue;
    });
    return loading;
  };
}

const checks = {
  number: (module, text) => module.check_msisdn(text),
  imei: (module, text) => module.check_imei(text),
  message_code: (module, text) => module.check_message_code(text),
};

// While something is pressed nothing moves: a message that appears would push the button from under the finger.
let released = Promise.resolve();
document.addEventListener('pointerdown', () => {
  released = new Promise((done) => {
    for (const end of ['pointerup', 'pointercancel']) document.addEventListener(end, () => setTimeout(done), { once: true });
  });
}, true);

/** Says under a field at once what the server would say. It never keeps a form from being sent. */
function inline() {
  const load = lazily(words.check);
  for (const input of document.querySelectorAll('[data-check]')) {
    input.addEventListener('focus', () => load().catch(() => {}), { once: true });
    input.addEventListener('change', async () => {
      const text = input.value.trim();
      const place = document.getElementById(`${input.id}-error`);
      let wrong = '';
      if (text) {
        try {
          const module = await load();
          try { checks[input.dataset.check](module, text); } catch { wrong = words.check.says[input.dataset.check]; }
        } catch { return; /* no module: the server checks */ }
      }
      await released;
      place.textContent = wrong;
      input.closest('.field').classList.toggle('wrong', wrong !== '');
      if (wrong) input.setAttribute('aria-invalid', 'true'); else input.removeAttribute('aria-invalid');
    });
  }
}

/** What the text is, in words. */
function verdict(answer, form) {
  const { verdict, next, place, kind, rung, says, report } = words.matcher;
  const good = answer.is === 'official';
  const out = [make('h2', verdict[answer.is], { class: `answer ${good ? 'good' : 'bad'}` }), make('p', next[answer.is])];
  if (answer.ours) {
    const { kind: what, rung: by, sender } = answer.ours;
    out.push(make('p', `${good ? says.ours : says.like} ${kind[what]} · ${rung[by]} · ${sender}`));
  }
  if (answer.name) out.push(make('p', says.addressed.replace('{name}', answer.name)));
  if (answer.places.length) {
    const list = make('ul', '', { class: 'places' });
    for (const one of answer.places) {
      const item = make('li', place[one.kind]);
      for (const [title, text] of [[says.theirs_ours, one.ours], [says.theirs_yours, one.theirs]]) {
        if (!text) continue;
        const span = make('span', `${title} `);
        span.append(make('q', text));
        item.append(span);
      }
      list.append(item);
    }
    out.push(make('h3', says.places), list);
  }
  if (!good) out.push(make('h3', report.title), make('p', report.lead), reporting(form, report.button));
  return out;
}

/** The form that reports the text: the one thing here that sends it. */
function reporting(form, name) {
  const report = make('form', '', { method: 'post', action: `${form.getAttribute('action')}/report` });
  for (const field of ['token', 'text', 'sender']) {
    const hidden = make('input', '', { type: 'hidden', name: field });
    hidden.value = form.elements[field].value;
    report.append(hidden);
  }
  report.append(make('button', name));
  return report;
}

/** Compares the text here. If that cannot be, the form is sent and the server does it. */
function compare() {
  const form = document.getElementById('real');
  const place = document.getElementById('verdict');
  const load = lazily(words.matcher);
  let register;
  const ready = () => register ??= (async () => {
    const answer = await fetch(words.matcher.register);
    if (!answer.ok) throw new Error('register');
    return new (await load()).Register(await answer.text());
  })();
  form.elements.text.addEventListener('focus', () => ready().then(
    () => { document.getElementById('here').hidden = false; },
    () => { register = undefined; },
  ));
  form.addEventListener('submit', async (event) => {
    const text = form.elements.text.value;
    if (!text.trim()) return;
    event.preventDefault();
    try {
      const answer = told(await ready(), text, form.elements.sender.value);
      place.replaceChildren(...verdict(answer, form));
      place.firstElementChild.setAttribute('tabindex', '-1');
      place.firstElementChild.focus();
    } catch {
      form.submit();
    }
  });
}

/** Asks the module, and gives what the server would give. */
function told(register, text, sender) {
  const answer = register.classify(text, sender.trim() || undefined);
  const places = Array.from({ length: answer.places }, (_, at) => ({
    kind: answer.place_kind(at), ours: answer.place_ours(at), theirs: answer.place_theirs(at),
  }));
  const { is, kind, rung, sender: from, addressed_to: name } = answer;
  answer.free();
  return { is, ours: kind && { kind, rung, sender: from }, name, places };
}

tools();
document.getElementById('errors')?.focus();
if (words.check) inline();
if (words.matcher && document.getElementById('real')) compare();
