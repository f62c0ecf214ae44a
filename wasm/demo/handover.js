// The newest model and its candles, for the other page: database lstmfc, store handover, key last: {model: JSON, candles: CSV}.
function open() {
    return new Promise((done, failed) => {
        const asked = indexedDB.open('lstmfc', 1);
        asked.onupgradeneeded = () => asked.result.createObjectStore('handover');
        asked.onsuccess = () => done(asked.result);
        asked.onerror = () => failed(asked.error);
    });
}
async function within(mode, use) {
    const database = await open();
    try {
        return await new Promise((done, failed) => {
            const transaction = database.transaction('handover', mode),
                asked = use(transaction.objectStore('handover'));
            transaction.oncomplete = () => done(asked.result);
            transaction.onerror = transaction.onabort = () => failed(transaction.error);
        });
    } finally {
        database.close();
    }
}
export const keep = (model, candles) => within('readwrite', (store) => store.put({ model, candles }, 'last'));
/** {model, candles}, or undefined. */
export const kept = () => within('readonly', (store) => store.get('last'));
