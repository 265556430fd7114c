import ArgumentParser
import Classification
import Conversion
import JSON
import ModelLibrary
import System

/// Makes a new file of a model, and reports how its size and its accuracy changed.
struct ModelConversion {
  /// What a command made of the model.
  struct Result {
    let file: ConvertedModel
    /// The new model, computing in the precision that it was made for.
    let model: Model
    var layers: [CompressedModel.Layer] = []
    var calibration: ConversionReport.Calibration?
  }

  let options: ConversionOptions
  let comparison: ComparisonOptions
  let run: ImageRun
  /// How images are decoded, and how many threads work.
  let classifierOptions: ClassifierOptions

  init(
    _ options: ConversionOptions, _ comparison: ComparisonOptions, _ decoding: DecodingOptions,
    _ runOptions: RunOptions, _ batches: BatchOptions
  ) {
    self.options = options
    self.comparison = comparison
    run = ImageRun(
      runOptions, console: Console(isQuiet: runOptions.isQuiet), stop: StopFlag())
    var classifierOptions = ClassifierOptions()
    runOptions.apply(to: &classifierOptions)
    batches.apply(to: &classifierOptions)
    decoding.apply(to: &classifierOptions)
    self.classifierOptions = classifierOptions
  }

  private var console: Console { run.console }

  /// - Parameters:
  ///   - files: what is read beside the model.
  ///   - imports: what the user says about the weight file.
  ///   - convert: makes the new model.
  /// - Throws: what ends the command. If only labelled images could not be read, the new file is
  ///   there all the same.
  func perform(
    reading files: [ReadFile], _ imports: () throws(ModelError) -> ImportOptions,
    _ convert: (ModelSource) throws -> Result
  ) throws {
    Signals.install(raising: run.stop)
    try options.check(reading: files + comparison.truth.readFiles)
    do {
      try convertAndReport(imports, convert)
    } catch let error as ModelError {
      throw failure(error, run.stop)
    }
  }

  private func convertAndReport(
    _ imports: () throws(ModelError) -> ImportOptions, _ convert: (ModelSource) throws -> Result
  ) throws {
    let library = ModelLibrary()
    let source = try library.source(RawPath(argument: options.model), options: imports())
    if let assumption = source.model.assumption {
      console.note("\(assumption) (--preprocess sets it)")
    }
    for note in source.model.readingNotes { console.note(note) }
    let images = try labelledImages(for: source.model)
    // A file that cannot be written is reported before the work.
    let file = try options.makeFile(library)
    if let output = options.output,
      let note = inPlaceNote(RawPath(argument: output), file.inPlaceReason)
    {
      console.note(note)
    }
    let result = try convert(source)
    let measured = try images.map { try compare(source.model, result.model, on: $0) }
    let size = try file.write(result.file, stop: run.stop)
    let report = ConversionReport(
      model: source.model.name, sizes: (source.size, size), layers: result.layers,
      calibration: result.calibration, comparison: measured)
    try write(report)
    if let name = options.name {
      console.note("installed \(name); --model \(name) uses it")
    }
    if let warning = report.warning { console.note(warning) }
    if report.failures > 0 { throw SilentExit(status: .inputFailed) }
  }

  private func labelledImages(for model: Model) throws -> LabelledImages? {
    try comparison.evaluate.map {
      try comparison.truth.images(
        in: RawPath(argument: $0), comparison.truth.classNames(of: model), console: console)
    }
  }

  private func compare(
    _ before: Model, _ after: Model, on images: LabelledImages
  ) throws -> ConversionReport.Comparison {
    var evaluation = EvaluateRun(
      images: images, data: RawPath(argument: comparison.evaluate ?? ""), run: run)
    let first = try evaluation.perform(with: before, classifierOptions)
    evaluation.isSilent = true
    let second = try evaluation.perform(with: after, classifierOptions)
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
}
