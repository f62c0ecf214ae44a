// Written by the build from the tables of the module (wasm/package.mjs fills the option lists in).
export interface CsvOptions {
/* csv */
}
/** null is "none". */
export interface TrainOptions {
/* forecaster */
}
export interface SignalOptions {
/* signals */
}
export interface BacktestOptions {
/* backtest */
}
/** null: it cannot be computed. */
export interface Metrics {
/* metrics */
}
export interface Columns {
    /** Opens of the bars, UTC ms, ascending. */
    time: ArrayLike<number>;
    close: ArrayLike<number>;
    open?: ArrayLike<number>; high?: ArrayLike<number>; low?: ArrayLike<number>; volume?: ArrayLike<number>;
}
export interface Bar { time: number; close: number; open?: number; high?: number; low?: number; volume?: number }
/** What the reader of a CSV found; counts of rows. */
export interface CsvReport {
    separator: string; decimal: string; time_format: string; mapping: string; ignored: string; notes: string;
    rows: number; kept: number; blank_cells: number; filled_cells: number; blank_rows: number; bad_price_rows: number; zero_price_rows: number;
    duplicate_rows: number; conflicting_rows: number; out_of_order: number; missing_bars: number; gaps: number; ohlc_violations: number;
    zero_volume: number; unclosed: number;
    /** ms between bars */
    interval: number;
}
/** null where a figure does not apply or cannot be known yet. */
export interface Forecast {
    /** open of the last bar it knows, and of the bar it is about, UTC ms */
    time: number; target_time: number;
    horizon: number; close: number; value: number | null; probability_up: number | null; price: number | null; log_return: number | null;
    volatility: number | null; lower: number | null; upper: number | null; level: number; novelty: number | null;
}
export interface Epoch {
    epoch: number; loss: number; val_loss: number | null; penalty: number; lr: number; norm: number;
    accuracy: number | null; val_accuracy: number | null; auc: number | null; val_auc: number | null;
}
export interface History { best_epoch: number; epochs: Epoch[] }
export interface Progress extends History { seconds: number }
export interface ModelInfo {
    target: string; features: string; model: string; horizon: number; window: number; epochs: number; best_epoch: number;
    fit_samples: number; val_samples: number; seen_to: number; level: number; cut: number; base_rate: number | null;
}
export interface Trade {
    entry_time: number; exit_time: number; side: 1 | -1; reason: string; quantity: number; entry_price: number; exit_price: number;
    pnl: number; net_return: number; mae: number; mfe: number; funding: number;
}
export interface Backtest {
    metrics: Metrics; hold: Metrics; persistence: Metrics; no_costs: boolean; cheat: boolean; ruined: boolean; pays_costs: boolean; trades: Trade[];
    /** A number per bar: equity, position held, equity of buy and hold and of repeating the last move. */
    curves: { equity: Float64Array; position: Float64Array; hold: Float64Array; repeat: Float64Array };
}
export interface Baseline {
    name: string; help: string;
    /** Share of right calls, of a direction; what it is measured by, and the model against it (skill, Diebold-Mariano p). */
    accuracy: number | null; loss: number | null; skill: number | null; p: number | null;
    /** Why it could not be formed. */
    missing: string | null;
}
export interface Verdict { name: string; verdict: 'yes' | 'no' | 'not known'; reason: string }
export interface EvaluateOptions {
    signals?: SignalOptions; backtest?: BacktestOptions;
    /** All bars, those it was trained on too: no evidence. */
    whole?: boolean;
}
export interface Evaluation {
    target: string; loss: string;
    /** Bars first .. first+count-1 have a forecast, `measured` of them a known outcome; from, to: their first and last, UTC ms. */
    first: number; count: number; measured: number; from: number; to: number; synthetic: boolean; in_sample: boolean;
    /** Are these the candles it was trained on? 'absent': they do not hold all of them; 'other': bars of the same times with other numbers. */
    origin: 'matching' | 'absent' | 'other';
    direction: { [figure: string]: number | null } | null; errors: { [figure: string]: number | null } | null;
    reliability: { low: number; high: number; count: number; forecast: number | null; observed: number | null; observed_low: number | null; observed_high: number | null }[];
    coverage: { level: number; count: number; covered: number | null } | null;
    baselines: Baseline[]; verdict: Verdict[];
    forecasts: { time: Float64Array; close: Float64Array; value: Float64Array; lower: Float64Array; upper: Float64Array; truth: Float64Array };
    /** Positions wanted at the closes, and what they would have earned; null: the target names no side. */
    positions: Float64Array | null; backtest: Backtest | null;
}
export interface Indicators { names: string[]; bars: number; values: Float64Array }
export interface Bands { value: Float64Array; lower: Float64Array; upper: Float64Array }
export interface Option { name: string; kind: 'int' | 'long' | 'real' | 'text' | 'choice'; default: string; range: string; help: string }
/** A function of the feature language: arguments and their defaults with commas between; outputs: of one that has several. */
export interface FunctionInfo { name: string; arguments: string; defaults: string; outputs: string; help: string }
/** Features by name, "@a"; spec is empty where it is made of the columns of a file. */
export interface PresetInfo { name: string; help: string; spec: string }
export interface About {
    version: string; build: string; simd: string;
    forecaster: Option[]; trainer: Option[]; model: Option[]; csv: Option[]; signals: Option[]; backtest: Option[]; metrics: Option[];
    functions: FunctionInfo[]; presets: PresetInfo[]; layers: { name: string; help: string }[];
}

export class LstmfcError extends Error {
    code: number;
    /** 'argument', 'data', 'format', ... */
    kind: string;
    line: number; column: number; nearest: string | null;
}
/** Whether the runtime has vectors of 128 bits. */
export function simd(): boolean;
/** The bytes of the module that fits the runtime (lstmfc/inline). */
export function bytes(): Uint8Array;

// ---- lstmfc/core: synchronous
/** free() gives memory back at once; what a training or a stream still reads goes when that is freed. */
export interface Owned { free(): void }
export interface CoreCandles extends Owned {
    readonly length: number; readonly time: Float64Array; readonly report: CsvReport | null;
    column(name: string): Float64Array | null;
    /** One closed bar more; refused while a training or forecasts under way read these candles. */
    append(bar: Bar): this;
}
export interface CoreFit extends Owned {
    /** At most so many batches, 0: to the end of the epoch. true: it is over. */
    step(batches?: number): boolean;
    readonly history: History;
    save(): string;
    resume(checkpoint: string): this;
    finish(): CoreModel;
}
export interface CoreModel extends Owned {
    readonly info: ModelInfo;
    save(): string;
    predict(candles: CoreCandles, steps?: number): Forecast[];
    predictAll(candles: CoreCandles, first?: number, count?: number): Bands;
    signals(candles: CoreCandles, options?: SignalOptions, first?: number, count?: number): Float64Array;
    stream(): CoreStream;
}
export interface CoreStream extends Owned {
    push(candles: CoreCandles, index: number): Forecast;
    peek(candles: CoreCandles, index: number): Forecast;
    replay(candles: CoreCandles, from?: number, to?: number): this;
    readonly bars: number;
}
export interface Span extends Owned {
    step(bars?: number): boolean;
    readonly bands: Bands;
    signals(options?: SignalOptions): Float64Array;
}
export interface Core {
    readonly about: About;
    readonly memory: number;
    candles(source: string | Uint8Array | Columns, options?: CsvOptions): CoreCandles;
    indicators(candles: CoreCandles, spec: string): Indicators & { column(name: string): Float64Array | null };
    fit(candles: CoreCandles, options?: TrainOptions): CoreFit;
    load(json: string): CoreModel;
    backtest(candles: CoreCandles, wanted: ArrayLike<number>, options?: BacktestOptions): Backtest;
    /** A backtest in steps: step() until true, then report(). */
    trading(candles: CoreCandles, wanted: ArrayLike<number>, options?: BacktestOptions): Owned & { step(resamples?: number): boolean; report(): Backtest };
    /** Forecasts of a span in steps: step() until true. */
    span(model: CoreModel, candles: CoreCandles, first?: number, count?: number): Span;
    evaluate(model: CoreModel, candles: CoreCandles, options?: EvaluateOptions): Evaluation;
    /** The same in steps. */
    evaluation(model: CoreModel, candles: CoreCandles, options?: EvaluateOptions): Span & { report(): Evaluation };
    inside(model: CoreModel): Inside;
}
/** A copy of a model's network, to look at and to change. Rows: Float32Array [window][inputs], scaled. */
export interface Inside extends Owned {
    readonly spec: string; readonly inputs: number; readonly window: number; readonly outputs: number; readonly features: string[];
    readonly layers: { index: number; text: string; kind: string; units: number }[];
    readonly tensors: { name: string; shape: number[] }[];
    tensor(name: string): { name: string; shape: number[]; data: Float32Array };
    set(name: string, data: ArrayLike<number>): this;
    reset(): this;
    rows(candles: CoreCandles, first: number, count?: number): Float32Array;
    predict(rows: ArrayLike<number>): Float32Array;
    gates(rows: ArrayLike<number>, layer?: number): { gates: Float32Array; cell: Float32Array | null; hidden: Float32Array };
    slopes(rows: ArrayLike<number>, output?: number): Float32Array;
    states(candles: CoreCandles, first: number, count: number, layer?: number): Float32Array;
    hidden(rows: Float32Array, layer?: number): Float32Array;
    shuffled(candles: CoreCandles, options?: { epochs?: number; seed?: number; lr?: number; batch?: number }): Generator<null, Inside>;
}
export function instantiate(source: BufferSource | WebAssembly.Module): Core;

// ---- lstmfc: in a worker
export interface Candles extends Owned {
    length: number; report: CsvReport | null;
    time(): Promise<Float64Array>;
    column(name: string): Promise<Float64Array | null>;
    append(bar: Bar): Promise<this>;
}
export interface Model extends Owned {
    info: ModelInfo;
    /** The model file, byte for byte what the native program writes. */
    save(): Promise<string>;
    predict(candles: Candles, steps?: number): Promise<Forecast[]>;
    predictAll(candles: Candles, first?: number, count?: number): Promise<Bands>;
    signals(candles: Candles, options?: SignalOptions): Promise<Float64Array>;
    stream(): Promise<Stream>;
}
export interface Stream extends Owned {
    step(candles: Candles, index: number, options?: { peek?: boolean }): Promise<Forecast>;
    replay(candles: Candles, from?: number, to?: number): Promise<number>;
}
export interface TrainHow {
    /** An abort rejects with an AbortError whose `checkpoint` is for resume(); null where it never began. */
    signal?: AbortSignal;
    onProgress?: (progress: Progress) => void;
    /** ms between two calls of onProgress at least (100) */
    every?: number;
}
export interface Training extends PromiseLike<Model> {
    pause(): void; resume(): void; cancel(): void;
    catch<T>(failed: (error: any) => T): Promise<Model | T>;
    finally(always: () => void): Promise<Model>;
}
export class Lstmfc {
    private constructor();
    static load(options?: { wasm?: BufferSource }): Promise<Lstmfc>;
    readonly about: About;
    candles(source: Blob | string | Uint8Array | Columns, options?: CsvOptions): Promise<Candles>;
    indicators(candles: Candles, spec: string): Promise<Indicators>;
    train(candles: Candles, options?: TrainOptions, how?: TrainHow): Training;
    resume(checkpoint: string, candles: Candles, options?: TrainOptions, how?: TrainHow): Training;
    load(json: string): Promise<Model>;
    backtest(candles: Candles, wanted: ArrayLike<number>, options?: BacktestOptions): Promise<Backtest>;
    /** On bars the model has not seen, against what needs no network, with the verdict's four lines. */
    evaluate(model: Model, candles: Candles, options?: EvaluateOptions): Promise<Evaluation>;
    memory(): Promise<number>;
    close(): void;
}
