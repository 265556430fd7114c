public import JSON
import Kernels

extension TrainingSettings {
  /// Every setting, for logs and for comparing two runs.
  public var json: JSONValue {
    [
      "seed": .string(String(seed)), "batch": .integer(batch),
      "precision": .string(precision.rawValue),
      "frozen_layers_in_8_bits": .bool(runsFrozenLayersIn8Bits), "momentum": .number(momentum),
      "average_decay": averageDecay.map(JSONValue.number) ?? .null,
      "weight_decay": .number(weightDecay), "label_smoothing": .number(labelSmoothing),
      "clip_norm": clipNorm.map(JSONValue.number) ?? .null,
      "bias_rate_factor": .number(biasRateFactor), "balance": .bool(balancesClasses),
      "initial_deviation": initialDeviation.map(JSONValue.number) ?? .null,
      "teacher_weight": .number(teacherWeight),
      "teacher_temperature": .number(teacherTemperature),
      "seconds": seconds.map(JSONValue.number) ?? .null, "augmentation": augmentation.json,
      "stages": .array(stages.map(\.json)),
    ]
  }
}

extension TrainingStage {
  var json: JSONValue {
    [
      "frozen_layers": .integer(frozenLayers), "epochs": .integer(epochs),
      "schedule": schedule.json, "last_layer_rate_factor": .number(lastLayerRateFactor),
      "views": .integer(views), "patience": patience.map(JSONValue.integer) ?? .null,
      "dropout": dropout.map(JSONValue.number) ?? .null,
      "batch_normalization": .bool(batchNormalization),
      "sizes": .array(sizes.map(JSONValue.integer)),
      "pruning": pruning.isEmpty
        ? .null
        : .object(
          pruning.shares.sorted { $0.key < $1.key }.map { .init($0.key, .number($0.value)) }),
    ]
  }
}

extension Schedule {
  var json: JSONValue {
    var members: [JSONValue.Member] = [
      .init("rate", .number(rate)), .init("warm_up", .number(warmUp)),
    ]
    switch shape {
    case .cosine(let floor):
      members += [.init("shape", .string("cosine")), .init("floor", .number(floor))]
    case .step(let factor, let places):
      members += [
        .init("shape", .string("step")), .init("factor", .number(factor)),
        .init("at", .array(places.map(JSONValue.number))),
      ]
    case .plateau(let factor, let patience):
      members += [
        .init("shape", .string("plateau")), .init("factor", .number(factor)),
        .init("patience", .integer(patience)),
      ]
    }
    return .object(members)
  }
}

extension Augmentation {
  var json: JSONValue {
    [
      "crop": crop.map { .array([.number($0.area.lowerBound), .number($0.area.upperBound)]) }
        ?? .null,
      "flip": .number(flip), "rotation": .number(rotation), "brightness": .number(brightness),
      "contrast": .number(contrast), "saturation": .number(saturation),
      "color_shift": .number(colorShift), "noise": .number(noise), "erasing": .number(erasing),
    ]
  }
}
