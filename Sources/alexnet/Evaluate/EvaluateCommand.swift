import ArgumentParser
import Classification
import JSON
import ModelLibrary
import Preprocessing
import System

/// `alexnet evaluate`: labelled images in, accuracy out.
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measure a model's accuracy on labelled images.",
    discussion: """
      The data is a folder with one folder for each class, named by its WordNet id or its label \
      (in upper or lower case, with underscores for spaces). Or it is a folder of images, and \
      --ground-truth names a list of their classes. A line of the list is a name and the index of \
      a class, as in Caffe's val.txt; or a name and a WordNet id or label; or only a class, with \
      the lines in the sorted order of the files.

      Accuracy is measured on the images that can be read; all others are reported and counted. \
      The intervals are 95% Wilson intervals.

      Examples:
        alexnet evaluate validation
        alexnet evaluate --crops 10 --json --per-class classes.csv validation
        alexnet evaluate --report validation.html validation
        alexnet evaluate --ground-truth val.txt --model caffenet ILSVRC2012_img_val
      """)

  @Argument(
    help: ArgumentHelp("A folder of labelled images.", valueName: "data"), completion: .directory)
  var data: String

  @OptionGroup var truth: GroundTruthOptions
  @OptionGroup var crops: CropOptions

  @Flag(help: "Write one JSON object.")
  var json = false

  @Option(
    help: ArgumentHelp("Write the results of each class to a CSV file.", valueName: "file"),
    completion: .file())
  var perClass: String?

  @Option(
    parsing: .number,
    help: ArgumentHelp("The number of the most common mistakes to show.", valueName: "count"))
  var confusions = 10

  @OptionGroup(title: "Report") var report: ReportOptions
  @OptionGroup(title: "Report") var heatMaps: ReportHeatMapOptions

  @OptionGroup(title: "Model") var model: ModelOptions
  @OptionGroup(title: "Model") var precision: PrecisionOptions
  @OptionGroup(title: "Model") var description: ModelDescriptionOptions
  @OptionGroup(title: "Decoding") var decoding: DecodingOptions
  @OptionGroup(title: "Run") var runOptions: RunOptions
  @OptionGroup(title: "Run") var batches: BatchOptions

  func validate() throws {
    if data.isEmpty { throw ValidationError("The name of the data is empty.") }
    if perClass == "" { throw ValidationError("The name of the CSV file is empty.") }
    if heatMaps.reportHeatMaps != nil && report.report == nil {
      throw ValidationError("--report-heat-maps needs --report, which names the report.")
    }
    if confusions < 0 { throw ValidationError("--confusions must be at least 0.") }
  }

  func run() throws {
    let stop = StopFlag()
    Signals.install(raising: stop)
    let console = Console(isQuiet: runOptions.isQuiet)
    var protection = OutputProtection(
      [ReadFile.input(RawPath(argument: data))] + truth.readFiles + model.readFiles
        + description.readFiles)
    try protection.check(perClass.map(RawPath.init(argument:)), "the CSV file")
    let page = try report.open(&protection, resultsGoToOutput: true, console: console)
    defer { page?.abandon() }
    let perClass = try perClass.map {
      try ResultOutput(path: RawPath(argument: $0), console: console)
    }
    let model = try model.open(description, precision, console: console)
    try crops.check(model)
    let root = RawPath(argument: data)
    var options = ClassifierOptions()
    runOptions.apply(to: &options)
    batches.apply(to: &options)
    crops.apply(to: &options)
    decoding.apply(to: &options)
    let imageRun = ImageRun(runOptions, console: console, stop: stop)
    let classes = try truth.classNames(of: model)
    let unnamed = truth.foldersWithoutClasses(in: root, classes)
    if !unnamed.isEmpty, perClass == nil, page == nil {
      return try tabulate(unnamed, in: root, model, imageRun, options)
    }
    let images = try truth.images(in: root, classes, console: console)
    let run = EvaluateRun(images: images, data: root, run: imageRun)
    let mistakes = page.map { MistakeReport($0, model: model, heatMaps: heatMaps.count) }
    let outcome = try run.perform(with: model, options, mistakes)
    let report = EvaluationReport(
      evaluation: outcome.evaluation, model: model.name, crops: crops.crops.rawValue,
      unlabelled: images.unlabelled, seconds: outcome.seconds, confusionsShown: confusions)
    if let perClass {
      try perClass.write(lines: report.perClassCSV)
      try perClass.commit()
    }
    // The results come first: heat maps take time, and the page may not be writable in the end.
    // The page is written even if nobody reads the results.
    let output = ResultOutput(console: console)
    var failure: OutputError?
    do throws(OutputError) {
      try output.write(
        json ? report.json.text + "\n" : report.table(TextStyle(isEnabled: output.wantsColor)))
    } catch {
      failure = error
    }
    if let mistakes {
      page?.title = "Evaluation on \(root.repaired)"
      try mistakes.write(
        outcome.evaluation, unlabelled: images.unlabelled, options, console: console, stop: stop)
    }
    if let failure { throw failure }
    if outcome.evaluation.total.failed > 0 { throw SilentExit(status: .inputFailed) }
  }

  /// Shows what the photos were taken for, where no folder is named after a class.
  private func tabulate(
    _ folders: [RawPath], in root: RawPath, _ model: Model, _ run: ImageRun,
    _ options: ClassifierOptions
  ) throws {
    run.console.note(
      "no folder in \(root.repaired) is named after a class of \(model.name), so there is no "
        + "accuracy; this is what their photos were taken for (--map FILE translates names)")
    var table = FolderTable(model)
    try table.measure(folders, in: root, run: run, options: options)
    let output = ResultOutput(console: run.console)
    try output.write(
      json ? table.json.text + "\n" : table.text(TextStyle(isEnabled: output.wantsColor)))
    if table.failed > 0 { throw SilentExit(status: .inputFailed) }
  }
}
