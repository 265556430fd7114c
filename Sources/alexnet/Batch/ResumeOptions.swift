import ArgumentParser

/// Runs that go on with what earlier ones recorded.
struct ResumeOptions: ParsableArguments {
  @Flag(
    help: ArgumentHelp(
      "Go on with an output of JSON Lines (--output FILE): inputs that it has are passed over. "
        + "The first run is begun with it, too. Until the last input is recorded, the file is "
        + "called FILE.partial."))
  var resume = false

  @Flag(help: "With --resume, try inputs again that failed.")
  var retryFailed = false

  func validate() throws {
    if retryFailed && !resume {
      throw ValidationError("--retry-failed needs --resume.")
    }
  }
}
