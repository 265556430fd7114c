import ArgumentParser
import System

/// How large a report may be.
struct ReportSizeOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The most bytes that the report may have with its thumbnails inside, such as 20M. A larger "
        + "one gets them in a folder beside it: report.files for report.html. (default: 50M)",
      valueName: "size"))
  var reportSize: ByteCount?

  /// In bytes.
  var limit: Int { reportSize?.bytes ?? 50 << 20 }
}

/// A report beside the results of a command.
struct ReportOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Write a report, too: one HTML page to look at the photos and the results in a browser, "
        + "without the internet. See 'alexnet help reports'.",
      valueName: "file"),
    completion: .file())
  var report: String?

  @OptionGroup var size: ReportSizeOptions

  func validate() throws {
    if report == "" { throw ValidationError("The name of the report is empty.") }
    if size.reportSize != nil && report == nil {
      throw ValidationError("--report-size needs --report, which names the report.")
    }
  }

  /// The report that was asked for; nil for none.
  ///
  /// - Parameters:
  ///   - protection: knows the other files of the command.
  ///   - resultsGoToOutput: whether standard output has the results.
  func open(
    _ protection: inout OutputProtection, resultsGoToOutput: Bool, console: Console
  ) throws -> RunReport? {
    guard let report else { return nil }
    let path = RawPath(argument: report)
    if resultsGoToOutput, isStandardOutput(path) {
      throw CommandFailure(
        .usage, "the report cannot go to standard output, where the results go",
        hint: "give the report or the results a file")
    }
    try protection.check(path, "the report")
    return try RunReport(path, sizeLimit: size.limit, console: console)
  }
}

/// How many heat maps the report of an evaluation has.
struct ReportHeatMapOptions: ParsableArguments {
  @Option(
    parsing: .number,
    help: ArgumentHelp(
      "The number of the worst mistakes that get heat maps in the report. (default: "
        + "\(Self.usualCount))",
      valueName: "count"))
  var reportHeatMaps: Int?

  private static let usualCount = 24

  var count: Int { reportHeatMaps ?? Self.usualCount }

  func validate() throws {
    if let reportHeatMaps, !(0...1000).contains(reportHeatMaps) {
      throw ValidationError("--report-heat-maps must be between 0 and 1000.")
    }
  }
}
