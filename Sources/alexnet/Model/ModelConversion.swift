import ArgumentParser
import Classification
import ModelLibrary
import System

/// Makes a new file of a model, and reports what became of its size and its accuracy.
struct ModelConversion {
  /// What a command made of the model.
  struct Result {
    let file: ConvertedModel
    /// The new model as it is to be run.
    let model: Model
    var layers: [CompressedModel.Layer] = []
    var calibration: ConversionReport.Calibration?
    /// What has to be said beside `--model` to run it so.
    var runOption = ""
  }

  let options: ConversionOptions
  let comparison: ComparisonOptions
  let run: RunOptions
  let console: Console
  let stop = StopFlag()

  init(_ options: ConversionOptions, _ comparison: ComparisonOptions, _ run: RunOptions) {
    self.options = options
    self.comparison = comparison
    self.run = run
    console = Console(isQuiet: run.isQuiet)
  }

  var showsProgress: Bool { !run.noProgress && console.canShowProgress }

  /// - Parameters:
  ///   - imports: what is said about the weight file.
  ///   - convert: makes the new model.
  /// - Throws: what ends the command. There is a new file all the same where only labelled images could
  ///   not be read.
  func perform(
    _ imports: () throws(ModelError) -> ImportOptions,
    _ convert: (ModelSource) throws(ModelError) -> Result
  ) throws {
    Signals.install(raising: stop)
    let library = ModelLibrary()
    let source = try ending { () throws(ModelError) in
      try library.source(path(from: options.model), options: imports())
    }
    if let assumption = source.model.assumption {
      console.note("\(assumption) (--preprocess sets it)")
    }
    let images = try labelledImages(for: source.model)
    // What cannot be written is said before the work.
    let file = try ending { () throws(ModelError) in try options.makeFile(library) }
    let result = try ending { () throws(ModelError) in try convert(source) }
    let measured = try images.map { try compare(source.model, result.model, on: $0) }
    let size = try ending { () throws(ModelError) in try file.write(result.file, stop: stop) }
    let report = ConversionReport(
      model: source.model.name, sizes: (source.size, size), layers: result.layers,
      calibration: result.calibration, comparison: measured)
    try write(report)
    if let name = options.name {
      console.note("installed \(name); --model \(name)\(result.runOption) uses it")
    }
    if let warning = report.warning { console.note(warning) }
    if report.failures > 0 { throw SilentExit(status: .inputFailed) }
  }

  private func labelledImages(for model: Model) throws -> LabelledImages? {
    try comparison.evaluate.map {
      try comparison.truth.images(in: path(from: $0), for: model, console: console)
    }
  }

  private func compare(
    _ before: Model, _ after: Model, on images: LabelledImages
  ) throws -> ConversionReport.Comparison {
    var options = ClassifierOptions()
    run.apply(to: &options)
    var evaluation = EvaluateRun(
      images: images, data: path(from: comparison.evaluate ?? ""), console: console, stop: stop,
      failsFast: run.failFast, showsProgress: !run.noProgress)
    let first = try evaluation.perform(with: before, options)
    evaluation.isSilent = true
    let second = try evaluation.perform(with: after, options)
    return ConversionReport.Comparison(
      before: first.evaluation.total, after: second.evaluation.total,
      agreement: Proportion(agreementOf: first.answers, second.answers),
      unlabelled: images.unlabelled)
  }

  private func write(_ report: ConversionReport) throws {
    let text = options.json ? report.json.text + "\n" : report.table
    if options.takesStandardOutput {
      for line in text.split(separator: "\n") { console.note(String(line)) }
    } else {
      try ResultOutput(console: console).write(text)
    }
  }

  /// What `body` returns; what the library throws, as what ends the command.
  private func ending<Value>(_ body: () throws(ModelError) -> Value) throws -> Value {
    do throws(ModelError) {
      return try body()
    } catch {
      console.endProgress()
      throw failure(error, stop)
    }
  }
}

/// What ends a command that the library could not go on with, or that a signal ended.
func failure(_ error: ModelError, _ stop: StopFlag) -> any Error {
  if case .interrupted = error, let signal = stop.signal { return SilentExit(signal: signal) }
  return CommandFailure(error)
}
