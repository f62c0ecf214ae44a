// The theme: as the system, light or dark, kept between visits; `changed` is called whenever the colours may be others.
const NEXT = { auto: 'light', light: 'dark', dark: 'auto' };

export function theme(button, changed) {
    let now = 'auto';
    try {
        now = NEXT[localStorage.getItem('lstmfc-theme')] ? localStorage.getItem('lstmfc-theme') : 'auto';
    } catch {
        /* storage may be off */
    }
    const show = () => {
        if (now === 'auto') delete document.documentElement.dataset.theme;
        else document.documentElement.dataset.theme = now;
        button.textContent = `Theme: ${now}`;
        changed();
    };
    button.addEventListener('click', () => {
        now = NEXT[now];
        try {
            localStorage.setItem('lstmfc-theme', now);
        } catch {
            /* then for this visit */
        }
        show();
    });
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', changed);
    show();
}
