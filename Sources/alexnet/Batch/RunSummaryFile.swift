import Classification
import JSON
import System

/// The summary of a run as JSON, which `--summary` writes.
struct RunSummaryFile {
  private let path: RawPath
  private let model: RunModel
  private let shard: Shard?

  init(_ path: RawPath, model: RunModel, shard: Shard?) {
    self.path = path
    self.model = model
    self.shard = shard
  }

  /// - Parameters:
  ///   - failures: by code, how many inputs failed.
  ///   - seconds: how long the run took.
  func write(
    _ summary: RunSummary, failures: [ErrorCode: Int], seconds: Double
  ) throws(OutputError) {
    let done = summary.answered + summary.failed
    let json: JSONValue = [
      "inputs": .integer(summary.stopped ? done : summary.inputs),
      "classified": .integer(summary.answered),
      "failed": .integer(summary.failed),
      "failures": .object(
        ErrorCode.allCases.compactMap { code in
          failures[code].map { .init(code.rawValue, .integer($0)) }
        }),
      "already_recorded": .integer(summary.recordedInputs),
      "already_failed": .integer(summary.recordedFailures),
      "other_shards": .integer(summary.inputsOfOtherShards),
      "other_files": .integer(summary.otherFiles),
      "sparse_files": .integer(summary.sparseFiles),
      "stopped": .bool(summary.stopped),
      "shard": shard.map { .string($0.description) } ?? .null,
      "seconds": .number(seconds),
      "images_per_second": .number(seconds > 0 ? Double(done) / seconds : 0),
      "model": model.json,
    ]
    do throws(SystemError) {
      let file = try openOutput(path)
      try file.write(json.text + "\n")
      try file.commit()
    } catch {
      throw .cannotWrite(error)
    }
  }
}
