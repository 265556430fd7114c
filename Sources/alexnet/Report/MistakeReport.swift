import Classification
import Explanation
import JSON
import ModelLibrary
import Network
import Report
import System

/// The report of an evaluation: its numbers, its mistakes with thumbnails, and heat maps of the
/// worst of them.
final class MistakeReport {
  /// A wrong answer.
  private struct Mistake {
    /// The number of its record in the report.
    let row: Int
    let path: RawPath
    let truth: Int
    let predicted: Int
    /// The probability of the wrong answer.
    let probability: Float
  }

  private let report: RunReport
  private let model: Model
  private let heatMaps: Int
  /// The worst mistakes so far, the worst first.
  private var worst: [Mistake] = []

  /// - Parameter heatMaps: how many of the worst mistakes get heat maps.
  init(_ report: RunReport, model: Model, heatMaps: Int) {
    self.report = report
    self.model = model
    self.heatMaps = heatMaps
    report.model = model.name
  }

  /// Adds a record if it is a mistake or a failure.
  ///
  /// - Parameter truth: the index of the right class.
  func add(_ record: Record, thumbnail: [UInt8]?, truth: Int?) throws(OutputError) {
    guard let truth else { return }
    let best: Prediction?
    switch record.outcome {
    case .answered(_, let predictions): best = predictions.first
    case .failed: best = nil
    }
    if let best, best.index == truth { return }
    let row = try report.add(record, thumbnail: thumbnail, truth: model.labels[truth])
    guard let best else { return }
    let place = worst.firstIndex { $0.probability < best.probability } ?? worst.endIndex
    guard place < heatMaps else { return }
    worst.insert(
      Mistake(
        row: row, path: record.path, truth: truth, predicted: best.index,
        probability: best.probability), at: place)
    if worst.count > heatMaps { worst.removeLast() }
  }

  /// Computes the heat maps, and writes the page.
  func write(
    _ evaluation: Evaluation, unlabelled: Int, _ options: ClassifierOptions, console: Console,
    stop: StopFlag
  ) throws {
    let maps = try maps(options, stop: stop)
    let layer = model.parameters.architecture.lastConvolution ?? ""
    try report.commitBesideResults(
      evaluation: json(evaluation, unlabelled: unlabelled, maps, layer))
  }

  /// For each of the worst mistakes, the number of its record and its maps.
  private func maps(_ options: ClassifierOptions, stop: StopFlag) throws -> [JSONValue.Member] {
    guard !worst.isEmpty, let layer = model.parameters.architecture.lastConvolution else {
      return []
    }
    let overlays = try HeatMapOverlays(
      ExplainedNetwork(
        model.parameters, preprocessing: model.preprocessing, method: .gradCAM(layer: layer)),
      options: options, side: 2 * Thumbnail.side)
    return try worst.compactMap { mistake in
      if let signal = stop.signal { throw SilentExit(signal: signal) }
      // A photo that cannot be read again has no maps.
      guard
        let found = try? overlays.overlays(
          of: mistake.path, classes: [mistake.predicted, mistake.truth])
      else { return nil }
      let list = found.map { overlay -> JSONValue in
        let label = model.labels[overlay.classIndex]
        return .array([
          .integer(report.number(of: label)), .integer(RunReport.share(overlay.probability)),
          .string(String(decoding: base64Digits(of: overlay.jpegFile), as: UTF8.self)),
        ])
      }
      return .init(String(mistake.row), .array(list))
    }
  }

  private func json(
    _ evaluation: Evaluation, unlabelled: Int, _ maps: [JSONValue.Member], _ layer: String
  ) -> JSONValue {
    let total = evaluation.total
    func number(_ index: Int) -> JSONValue {
      .integer(report.number(of: evaluation.labels[index]))
    }
    let confusions = evaluation.confusions(atMost: .max)
    let predicted = Set(confusions.map(\.predicted))
    let classes = evaluation.classes.enumerated().filter { index, result in
      result.images > 0 || predicted.contains(index)
    }
    return [
      "images": .integer(total.images),
      "failed": .integer(total.failed),
      "unlabelled": .integer(unlabelled),
      "top1": total.top1.json,
      "top5": total.top5.json,
      "classes": .array(
        classes.map { index, result in
          .array([
            number(index), .integer(result.images), .integer(result.failed),
            .integer(result.top1.successes), .integer(result.top5.successes),
          ])
        }),
      "confusions": .array(
        confusions.map {
          .array([number($0.truth), number($0.predicted), .integer($0.count)])
        }),
      "maps": .object(maps),
      "mapLayer": .string(layer),
    ]
  }
}
