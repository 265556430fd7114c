import Classification
import ModelLibrary

/// What became of a model in its new form.
struct ConversionReport {
  /// The images that activations were measured on.
  struct Calibration {
    let images: Int
    /// Further ones that could not be read.
    let failed: Int
  }

  /// The old and the new model over the same labelled images.
  struct Comparison {
    let before: Evaluation.ClassResult
    let after: Evaluation.ClassResult
    /// How often their likeliest class was the same.
    let agreement: Proportion
    /// Images that nothing said anything about.
    let unlabelled: Int
  }

  let model: String
  /// Of the files, in bytes.
  let sizes: (before: Int, after: Int)
  let layers: [CompressedModel.Layer]
  let calibration: Calibration?
  let comparison: Comparison?

  /// Labelled images that could not be read.
  var failures: Int { comparison?.before.failed ?? 0 }

  /// What whoever uses the new model should know of it.
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
    rows.append(("size", megabytes(sizes.before), megabytes(sizes.after)))
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
    share.value.map { DisplayText.percent($0) } ?? "-"
  }
}

// MARK: - For scripts

extension ConversionReport {
  var json: JSONValue {
    var members: [(key: String, value: JSONValue)] = [
      ("model", .string(model)),
      ("bytes", Self.json(.integer(sizes.before), .integer(sizes.after))),
    ]
    if !layers.isEmpty {
      members.append(
        (
          "layers",
          .array(
            layers.map { layer in
              .object([
                ("name", .string(layer.name)),
                ("weights", .integer(layer.weights)),
                (
                  "nonzero",
                  Self.json(.integer(layer.nonZerosBefore), .integer(layer.nonZerosAfter))
                ),
              ])
            })
        ))
    }
    if let calibration {
      members.append(
        (
          "calibration",
          .object([
            ("images", .integer(calibration.images)), ("failed", .integer(calibration.failed)),
          ])
        ))
    }
    members.append(("evaluation", comparison.map { Self.json($0) } ?? .null))
    return .object(members)
  }

  private static func json(_ comparison: Comparison) -> JSONValue {
    .object([
      ("images", .integer(comparison.before.images)),
      ("failed", .integer(comparison.before.failed)),
      ("unlabelled", .integer(comparison.unlabelled)),
      ("top1", json(comparison.before.top1.json, comparison.after.top1.json)),
      ("top5", json(comparison.before.top5.json, comparison.after.top5.json)),
      (
        "agreement",
        .object([
          ("same", .integer(comparison.agreement.successes)),
          ("share", comparison.agreement.value.map { .number(Float($0)) } ?? .null),
        ])
      ),
    ])
  }

  private static func json(_ before: JSONValue, _ after: JSONValue) -> JSONValue {
    .object([("before", before), ("after", after)])
  }
}
