import ArgumentParser
import Classification
import Report
import System

/// `alexnet report`: records of earlier runs in, a page to look at them out.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Make a page to look at the results of earlier runs in a browser.",
    discussion: """
      Reads what 'alexnet classify --jsonl' or '--json' wrote, and writes one HTML page with the \
      photos and their classes, which needs no network: to search, to sort, to filter by class, \
      and to compare two photos. Thumbnails are made of the photos that are still in their places, \
      as seen from the working directory; tar files count, too. 'alexnet classify --report FILE' \
      makes the same page while it classifies.

      Examples:
        alexnet report run.jsonl --output report.html
        alexnet report 1.jsonl 2.jsonl 3.jsonl --output all.html
        alexnet --jsonl ~/Pictures | alexnet report - --output report.html
      """)

  @Argument(
    help: ArgumentHelp(
      "A file of records, or - for records on standard input.", valueName: "records"),
    completion: .file())
  var records: [String]

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "The page. It appears only when it is complete.", valueName: "file"),
    completion: .file())
  var output: String

  @OptionGroup var size: ReportSizeOptions
  @OptionGroup(title: "Decoding") var decoding: DecodingOptions
  @OptionGroup(title: "Run") var runOptions: ReportRunOptions

  func validate() throws {
    if output.isEmpty { throw ValidationError("The name of the page is empty.") }
    if records.contains("") { throw ValidationError("The name of a file of records is empty.") }
    if records.count(where: { $0 == "-" }) > 1 {
      throw ValidationError("Standard input (-) can be read only once.")
    }
  }

  func run() throws {
    let stop = StopFlag()
    Signals.install(raising: stop)
    let console = Console(isQuiet: runOptions.isQuiet)
    let path = RawPath(argument: output)
    var protection = OutputProtection(records.flatMap { ReadFile.option($0, "the records") })
    try protection.check(path, "the page")
    let files = try records.map { name in
      do throws(SystemError) {
        return try RecordLines(RawPath(argument: name), stop: stop)
      } catch {
        if let signal = stop.signal { throw SilentExit(signal: signal) }
        throw CommandFailure(ExitStatus(reading: error), error.description)
      }
    }
    var options = ClassifierOptions()
    runOptions.apply(to: &options)
    decoding.apply(to: &options)
    let report = try RunReport(path, sizeLimit: size.limit, console: console)
    var photos = RecordedPhotos(report, .current, options, stop: stop)
    do {
      for file in files { try photos.add(file) }
    } catch {
      report.abandon()
      throw error
    }
    if photos.count == 0 {
      report.abandon()
      throw CommandFailure(.noInput, "there is no record in the input")
    }
    if let note = PhotoThumbnails.note(missing: photos.missing) { console.note(note) }
    report.model = photos.models.count == 1 ? photos.models.first : nil
    report.title = records.count == 1 ? ArgumentBytes.repaired(records[0]) : "Photos"
    if report.title == "-" { report.title = "Photos" }
    try report.commit()
  }
}

/// How the work of making thumbnails is divided.
struct ReportRunOptions: ParsableArguments {
  @Option(
    name: [.customShort("j", allowingJoined: true), .long],
    parsing: .number,
    help: ArgumentHelp(
      "The number of threads. (default: one for each processor)", valueName: "count"))
  var threads: Int?

  @Flag(
    name: [.customShort("q"), .customLong("quiet")],
    help: "Write only errors to standard error.")
  var isQuiet = false

  func validate() throws {
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads must be between 1 and 1024.")
    }
  }

  func apply(to options: inout ClassifierOptions) {
    if let threads { options.threads = threads }
  }
}
