import ArgumentParser
import Classification
import JSON
import ModelLibrary
import Network
import Preprocessing
import Report
import System

/// `alexnet classify`: images in, predictions out.
struct ClassifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "classify",
    abstract: "Print the most likely classes of images, with their probabilities.",
    discussion: """
      A folder is searched, with all folders below it, for files with the extension of a picture \
      (.jpg, .png, ...), and for JPEG and PNG files without an extension. Tar and .tar.gz \
      files are searched without unpacking them. A file that cannot be read is reported, and the \
      run continues with the others.

      Examples:
        alexnet classify cat.jpg
        alexnet classify --top 1 --format csv --output pets.csv ~/Pictures/pets
        alexnet classify --jsonl ~/Pictures | jq -r 'select(.error) | .path'
        find . -name '*.png' -print0 | alexnet classify --files-from - -0 --jsonl
        curl -s https://example.org/cat.jpg | alexnet classify -
        tar -cf - photos | alexnet classify --jsonl -
      """)

  @OptionGroup var input: InputOptions

  @Option(
    name: .shortAndLong,
    parsing: .number,
    help: ArgumentHelp("The number of classes to print for each image.", valueName: "count"))
  var top = 5

  @Option(
    parsing: .number,
    help: ArgumentHelp(
      "Leave out classes that are less probable than this, from 0 to 1.", valueName: "probability"))
  var minProbability: Float = 0

  @OptionGroup var crops: CropOptions
  @OptionGroup var selecting: SelectionOptions

  @OptionGroup(title: "Output") var output: OutputOptions
  @OptionGroup(title: "Output") var paths: PathOptions
  @OptionGroup(title: "Output") var report: ReportOptions
  @OptionGroup(title: "Model") var model: ModelOptions
  @OptionGroup(title: "Model") var precision: PrecisionOptions
  @OptionGroup(title: "Model") var description: ModelDescriptionOptions
  @OptionGroup(title: "Decoding") var decoding: DecodingOptions
  @OptionGroup(title: "Run") var runOptions: RunOptions
  @OptionGroup(title: "Run") var batches: BatchOptions
  @OptionGroup(title: "Run") var resuming: ResumeOptions

  @Option(
    help: ArgumentHelp(
      "Write the records of inputs that failed to this file, as JSON Lines, and not among the "
        + "results.",
      valueName: "file"),
    completion: .file())
  var errors: String?

  @Option(
    help: ArgumentHelp(
      "Write a summary of the run as JSON: inputs, failures by code, time, and the model's digest.",
      valueName: "file"),
    completion: .file())
  var summary: String?

  func validate() throws {
    if paths.separator != nil, let format = output.wantedFormats.first {
      throw ValidationError("Paths alone have no format: leave out --\(format.rawValue).")
    }
    if resuming.resume, !output.isJSONLinesFile || paths.separator != nil {
      throw ValidationError("--resume needs an output file of JSON Lines: --output FILE.jsonl.")
    }
    if resuming.resume, selecting.match != nil || errors != nil {
      throw ValidationError(
        "--resume needs a record of every input: leave out --match and --errors.")
    }
    if errors == "" {
      throw ValidationError("The name of the file of failures is empty.")
    }
    if summary == "" {
      throw ValidationError("The name of the summary is empty.")
    }
    if top < 1 {
      throw ValidationError("--top must be at least 1.")
    }
    if !(0...1).contains(minProbability) {
      throw ValidationError("--min-probability must be between 0 and 1.")
    }
  }

  func run() throws {
    // This is not checked in `validate()`, because the parser calls that before it reports an
    // unknown option.
    var input = input
    if input.isEmpty {
      guard Terminal.inputHasData else {
        throw ValidationError(
          "Nothing to classify: name a file, a folder, or - for standard input.")
      }
      input.inputs = ["-"]
    }
    let stop = StopFlag()
    Signals.install(raising: stop)
    let console = Console(isQuiet: runOptions.isQuiet)
    var protection = OutputProtection(input.readFiles + model.readFiles + description.readFiles)
    try output.check(&protection)
    if resuming.resume, let path = output.output {
      for file in ResumableOutput.files(beside: RawPath(argument: path)) {
        try protection.check(file, "what --resume keeps beside the results")
      }
    }
    try protection.check(errors.map(RawPath.init(argument:)), "the failures")
    try protection.check(summary.map(RawPath.init(argument:)), "the summary")
    let report = try report.open(
      &protection, resultsGoToOutput: output.output == nil, console: console)
    // The output is opened before the model, so that a mistyped path is reported without waiting
    // for the model to load.
    let whole = resuming.resume ? nil : try output.open(console: console)
    defer { report?.abandon() }
    let failures = try errors.map {
      try ResultOutput(path: RawPath(argument: $0), console: console)
    }
    if let summary { try checkOutput(RawPath(argument: summary)) }
    let (loaded, file) = try model.openSource(description, precision, console: console)
    try crops.check(loaded)
    let selection =
      try selecting.isUsed
      ? selecting.selection(for: loaded, top: top, minProbability: minProbability) : nil
    // The digest of a large file takes a second.
    let runModel = RunModel(
      name: loaded.name, sha256: summary != nil || resuming.resume ? file.sha256 : nil)
    var source = input.source
    let target: ResultOutput
    if let whole {
      target = whole
    } else {
      let resumable = try output.openResumable(
        description(of: loaded, runModel), retryingFailures: resuming.retryFailed)
      source.recorded = resumable.recorded
      addRecorded(resumable, to: report, stop: stop)
      target = ResultOutput(resumable, console: console)
    }
    var writer: any RecordWriter<[Prediction]>
    if let separator = paths.separator {
      writer = PathWriter(output: target, console: console, separator: separator)
    } else {
      writer = output.writer(
        target, model: AnsweringModel(loaded), hasGroups: selecting.group,
        soleInput: input.soleInput, console: console)
    }
    if let failures {
      writer = FailureFile(failures, writer, stop: target.isWrittenWhole ? stop : nil)
    }
    // Other files are of use all the same.
    target.outlivesReader = report != nil || errors != nil || summary != nil
    failures?.outlivesReader = true
    let imageRun = ImageRun(runOptions, console: console, stop: stop)
    let summaryFile = summary.map {
      RunSummaryFile(RawPath(argument: $0), model: runModel, shard: input.shard)
    }
    var options = classifierOptions
    if selection != nil {
      // The groups take all probabilities; the selection keeps those that are to be shown.
      options.top = loaded.labels.count
      options.minProbability = 0
    }
    if let report {
      report.model = loaded.name
      report.title = input.soleInput.map(\.repaired) ?? report.title
      options.photoSide = Thumbnail.side
      try RecordRun(
        writer: ReportingWriter(writer: writer, selection: selection, report: report),
        output: target, run: imageRun, model: runModel, summaryFile: summaryFile, report: report
      ).perform(source, with: Classifier(loaded, options).illustrated)
    } else {
      if let selection { writer = SelectingWriter(selection, writer) }
      try RecordRun(
        writer: writer, output: target, run: imageRun, model: runModel, summaryFile: summaryFile
      ).perform(source, with: Classifier(loaded, options))
    }
  }

  /// Lets a report begin with what earlier runs recorded. That is read when this run is complete.
  private func addRecorded(_ resumable: ResumableOutput, to report: RunReport?, stop: StopFlag) {
    guard let report, let path = output.output, resumable.recordedBytes > 0 else { return }
    let options = classifierOptions
    report.addEarlier = { report in
      let lines: RecordLines
      do throws(SystemError) {
        lines = try RecordLines(RawPath(argument: path), limit: resumable.recordedBytes, stop: stop)
      } catch {
        throw CommandFailure(.outputError, error.description)
      }
      var photos = RecordedPhotos(report, .earlier, options, stop: stop)
      try photos.add(lines)
    }
  }

  private var classifierOptions: ClassifierOptions {
    var options = ClassifierOptions()
    options.top = top
    options.minProbability = minProbability
    runOptions.apply(to: &options)
    batches.apply(to: &options)
    crops.apply(to: &options)
    decoding.apply(to: &options)
    return options
  }

  /// Everything that records depend on beside the input.
  private func description(of model: Model, _ named: RunModel) -> JSONValue {
    let description: JSONValue = [
      "model": named.json,
      "precision": .string(model.precision.name),
      "preprocessing": model.preprocessing.json,
      "classes": .strings(model.labels.map { "\($0.wnid ?? "") \($0.label)" }),
      "top": .integer(top),
      "min_probability": .float(minProbability),
      "crops": .integer(crops.crops.rawValue),
      "decoding": classifierOptions.decodingJSON,
    ]
    // Members that are not always there: most runs have no groups and take all inputs.
    guard case .object(var members) = description else { return description }
    if selecting.group { members.append(.init("group", .bool(true))) }
    if classifierOptions.isDeterministic { members.append(.init("deterministic", .bool(true))) }
    if let shard = input.shard { members.append(.init("shard", .string(shard.description))) }
    return .object(members)
  }
}
