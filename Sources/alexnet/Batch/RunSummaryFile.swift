import Classification
import JSON
import ModelLibrary
import Network
import System

/// The summary of a run as JSON, which `--summary` writes.
struct RunSummaryFile {
  private let path: RawPath
  private let model: ModelSource
  private let shard: Shard?
  private let began = ContinuousClock.now

  init(_ path: RawPath, model: ModelSource, shard: Shard?) {
    self.path = path
    self.model = model
    self.shard = shard
  }

  /// Finds out before the work whether the file can be written.
  static func check(_ path: RawPath) throws {
    do throws(OutputError) {
      // A FIFO would wait for its reader.
      if [nil, .regular].contains(try? FileStatus(of: path).kind) {
        try createOutput(path).abandon()
      }
    } catch {
      throw error.failure
    }
  }

  /// - Parameter failures: by code, how many inputs failed.
  func write(_ summary: RunSummary, failures: [ErrorCode: Int]) throws(OutputError) {
    let seconds = (ContinuousClock.now - began) / .seconds(1)
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
      "stopped": .bool(summary.stopped),
      "shard": shard.map { .string($0.description) } ?? .null,
      "seconds": .number(seconds),
      "images_per_second": .number(seconds > 0 ? Double(done) / seconds : 0),
      "model": ["name": .string(model.model.name), "sha256": .string(model.sha256)],
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
