import Classification
import Conversion
import JSON
import ModelLibrary

/// Compares a model in its new form with the old one.
struct ConversionReport {
  /// The images that activation ranges were measured on.
  struct Calibration {
    let images: Int
    /// The number of further images that could not be read.
    let failed: Int
  }

  /// The results of the old and the new model on the same labelled images.
  struct Comparison {
    let before: Evaluation.ClassResult
    let after: Evaluation.ClassResult
    /// How often both gave the same most probable class.
    let agreement: Proportion
    /// The number of images without a label.
    let unlabelled: Int
  }

  let model: String
  /// The sizes of the files in bytes.
  let sizes: (before: Int, after: Int)
  let layers: [CompressedModel.Layer]
  let calibration: Calibration?
  let comparison: Comparison?

  /// The number of labelled images that could not be read.
  var failures: Int { comparison?.before.failed ?? 0 }

  /// A warning for users of the new model.
  var warning: String? {
    let pruned = layers.filter(\.isPrunedFurther).map(\.name)
    guard let last = pruned.last else { return nil }
    let names = (pruned.count > 1 ? pruned.dropLast().joined(separator: ", ") + " and " : "") + last
    return "pruning \(names) without training the model further usually costs accuracy"
      + (comparison == nil ? "; --evaluate DIR measures how much" : "")
  }
}

// MARK: - For people

extension ConversionReport {
  var table: String {
    var head = [("model", DisplayText.printable(model))]
    if let calibration {
      head.append(
        ("calibrated", "on " + Self.counted(calibration.images, failed: calibration.failed)))
    }
    if let comparison {
      head.append(
        ("evaluated", "on " + Self.counted(comparison.before.top1.trials, failed: failures)))
    }
    var rows = [("", "before", "after")]
    rows.append(("size", DisplayText.megabytes(sizes.before), DisplayText.megabytes(sizes.after)))
    for layer in layers {
      rows.append(
        (
          layer.name + ", not 0", Self.text(layer.nonZerosBefore, of: layer.weights),
          Self.text(layer.nonZerosAfter, of: layer.weights)
        ))
    }
    if let comparison {
      rows.append(("top-1", Self.text(comparison.before.top1), Self.text(comparison.after.top1)))
      rows.append(("top-5", Self.text(comparison.before.top5), Self.text(comparison.after.top5)))
      rows.append(("top-1 agreement", "", Self.text(comparison.agreement)))
    }
    let labels = head.map(\.0) + rows.map(\.0)
    let width = labels.map { DisplayText.width($0) }.max() ?? 0
    let columns = rows.flatMap { [DisplayText.width($0.1), DisplayText.width($0.2)] }.max() ?? 0
    let lines =
      head.map { DisplayText.padded($0, to: width) + "  " + $1 }
      + rows.map { label, before, after in
        DisplayText.padded(label, to: width) + "  "
          + DisplayText.rightAligned(before, to: columns) + "  "
          + DisplayText.rightAligned(after, to: columns)
      }
    return lines.map { $0 + "\n" }.joined()
  }

  private static func counted(_ images: Int, failed: Int) -> String {
    DisplayText.counted(images, "image") + (failed > 0 ? ", \(failed) could not be read" : "")
  }

  private static func text(_ count: Int, of all: Int) -> String {
    text(Proportion(successes: count, trials: all))
  }

  private static func text(_ share: Proportion) -> String {
    share.value.map { DisplayText.percent($0, digits: 2) } ?? "-"
  }
}

// MARK: - For scripts

extension ConversionReport {
  var json: JSONValue {
    var members: [JSONValue.Member] = [
      .init("model", .string(model)),
      .init("bytes", Self.json(.integer(sizes.before), .integer(sizes.after))),
    ]
    if !layers.isEmpty { members.append(.init("layers", .array(layers.map(Self.json)))) }
    if let calibration {
      members.append(
        .init(
          "calibration",
          ["images": .integer(calibration.images), "failed": .integer(calibration.failed)]))
    }
    members.append(.init("evaluation", comparison.map { Self.json($0) } ?? .null))
    return .object(members)
  }

  private static func json(_ layer: CompressedModel.Layer) -> JSONValue {
    [
      "name": .string(layer.name),
      "weights": .integer(layer.weights),
      "nonzero": json(.integer(layer.nonZerosBefore), .integer(layer.nonZerosAfter)),
    ]
  }

  private static func json(_ comparison: Comparison) -> JSONValue {
    [
      "images": .integer(comparison.before.images),
      "failed": .integer(comparison.before.failed),
      "unlabelled": .integer(comparison.unlabelled),
      "top1": json(comparison.before.top1.json, comparison.after.top1.json),
      "top5": json(comparison.before.top5.json, comparison.after.top5.json),
      "agreement": [
        "same": .integer(comparison.agreement.successes),
        "share": comparison.agreement.value.map { .float(Float($0)) } ?? .null,
      ],
    ]
  }

  private static func json(_ before: JSONValue, _ after: JSONValue) -> JSONValue {
    ["before": before, "after": after]
  }
}
