import ArgumentParser
import JSON
import ModelLibrary
import System

/// `alexnet model pull`: fetches published weights and installs them.
struct ModelPullCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pull",
    abstract: "Fetch a published model.",
    discussion: """
      An interrupted download is resumed. Size and digest are checked before the model is \
      installed.

      Examples:
        alexnet model pull bvlc_alexnet
        ALEXNET_MIRROR=https://example.org/models alexnet model pull caffenet
      """)

  @Argument(
    help: ArgumentHelp(
      "One of \(CatalogueEntry.published.map(\.name).joined(separator: ", ")).", valueName: "name"),
    completion: .list(CatalogueEntry.published.map(\.name)))
  var name: String

  @Flag(help: "Write one JSON object that describes the model.")
  var json = false

  @Flag(name: .shortAndLong, help: "Write only errors to standard error.")
  var quiet = false

  func run() throws {
    let stop = StopFlag()
    Signals.install(raising: stop)
    let console = Console(isQuiet: quiet)
    let progress = PullProgress(name: name, console: console)
    let pulled: (model: InstalledModel, wasThere: Bool)
    do throws(ModelError) {
      pulled = try ModelLibrary().pull(name, stop: stop, report: progress.show)
      progress.end()
    } catch {
      progress.end()
      if case .interrupted = error, let signal = stop.signal {
        console.note("what has been fetched is kept; the next pull continues from there")
        throw SilentExit(signal: signal)
      }
      throw CommandFailure(error)
    }
    if pulled.wasThere {
      console.note("\(name) is installed already")
    } else {
      console.note("installed \(name); --model \(name) uses it")
    }
    if json {
      try ResultOutput(console: console).write(
        ModelDescription(pulled.model).json.text + "\n")
    }
  }
}
