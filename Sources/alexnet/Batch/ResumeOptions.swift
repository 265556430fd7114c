import ArgumentParser

/// Runs that go on with what earlier ones recorded.
struct ResumeOptions: ParsableArguments {
  @Flag(
    help: ArgumentHelp(
      "Continue an interrupted run (--output FILE.jsonl): inputs that are recorded are skipped. "
        + "Give --resume in the first run, too. Until the last input is recorded, the file is "
        + "called FILE.jsonl.partial."))
  var resume = false

  @Flag(help: "With --resume, try inputs again that failed.")
  var retryFailed = false

  func validate() throws {
    if retryFailed && !resume {
      throw ValidationError("--retry-failed needs --resume.")
    }
  }
}
