import Architecture
import Foundation
import Kernels
import Network
import Testing
import Threads
import Training

/// Takes the training steps that `Scripts/interop/write-training.py FOLDER` took with PyTorch in
/// float64, where the environment variable `ALEXNET_INTEROP_TRAINING` names that folder, and
/// compares losses, velocities (after one plain step they are gradients) and the trained network.
/// `make test-interop` does all that.
@Suite(.serialized) struct TrainingTests {
  struct Case: Decodable {
    struct Soft: Decodable {
      let probabilities: String
      let temperature: Float
      let labelSmoothing: Float
      let labelWeights: [Float]
      let probabilityWeights: [Float]
    }

    struct Step: Decodable {
      let input: String
      let size: Int
      let labels: [Int]
      let seed: UInt64
      let loss: Double
      let soft: Soft?
    }

    struct Evaluation: Decodable {
      let input: String
      let logits: String
    }

    let name: String
    let variant: String
    let batchNorm: Bool
    let weights: String
    let rate: Float
    let momentum: Float
    let weightDecay: Float
    let steps: [Step]
    /// The folder of the velocities at the end.
    let velocities: String
    /// By tensor, the size that an error of its velocity is a share of.
    let scales: [String: Float]
    let evaluation: Evaluation?
  }

  static let folder = ProcessInfo.processInfo.environment["ALEXNET_INTEROP_TRAINING"].map {
    URL(filePath: $0)
  }
  static let cases: [Case] =
    folder.map { folder in
      do {
        return try JSONDecoder().decode(
          [Case].self, from: Data(contentsOf: folder.appending(path: "training.json")))
      } catch {
        Issue.record("training.json cannot be read: \(error)")
        return []
      }
    } ?? []

  private static let allowed: Float = 1e-4
  /// The images of a batch, and one more that is never used.
  private static let batch = 5

  @Test(
    "losses, velocities and the trained network are those of PyTorch",
    .enabled(if: folder != nil), arguments: cases.map(\.name))
  func steps(name: String) throws {
    let folder = try #require(Self.folder)
    let expected = try #require(Self.cases.first { $0.name == name })
    let architecture = try #require(
      Architecture.all.first { $0.name == expected.variant })
    let pool = WorkerPool(threads: 2)
    var rows = try architecture.summary()
    let network = try TrainingNetwork(
      rows, parameters: try parameters(folder.appending(path: expected.weights)),
      batch: Self.batch, pool: pool, batchNormalization: expected.batchNorm)
    var size = architecture.inputSize
    var largest = 0.0
    for (index, step) in expected.steps.enumerated() {
      if step.size != size {
        size = step.size
        var resized = architecture
        resized.inputSize = size
        rows = try resized.summary()
        try network.resize(rows)
      }
      let images = step.labels.count
      try write(folder.appending(path: step.input), to: network, images: images, size: size)
      network.forward(images: images, dropoutSeed: step.seed)
      let loss = try network.losses(targets(step, folder), images: images).reduce(0, +)
      network.backward(images: images)
      network.descend(
        DescentStep(
          rate: expected.rate, momentum: expected.momentum, weightDecay: expected.weightDecay),
        images: images)
      let difference = abs(loss - step.loss) / step.loss
      largest = max(largest, difference)
      #expect(difference <= Double(Self.allowed), "loss of step \(index)")
    }
    report(expected, "losses", Float(largest))
    try compareVelocities(network, expected, folder)
    if let evaluation = expected.evaluation {
      try compare(network, architecture, evaluation, expected, folder)
    }
  }

  /// After one step without momentum and weight decay velocities are gradients.
  private func compareVelocities(
    _ network: TrainingNetwork, _ expected: Case, _ folder: URL
  ) throws {
    let prefix = "velocity."
    let found = network.state.filter { $0.key.hasPrefix(prefix) }
    #expect(Set(found.keys) == Set(expected.scales.keys.map { prefix + $0 }))
    for (name, scale) in expected.scales.sorted(by: { $0.key < $1.key }) {
      let velocity = try #require(found[prefix + name])
      let values = try NumPyArray.values(
        folder.appending(path: expected.velocities).appending(path: name + ".npy"))
      #expect(scale > 0)
      let difference = try largestDifference(velocity, values) / scale
      report(expected, name, difference)
      #expect(difference <= Self.allowed, "velocity of \(name)")
    }
  }

  /// The logits of the network in training without dropout, and of the plain network with batch
  /// normalisation folded in.
  private func compare(
    _ network: TrainingNetwork, _ architecture: Architecture, _ evaluation: Case.Evaluation,
    _ expected: Case, _ folder: URL
  ) throws {
    let input = folder.appending(path: evaluation.input)
    let logits = try NumPyArray.values(folder.appending(path: evaluation.logits))
    let classes = architecture.classCount
    let images = logits.count / classes
    let scale = logits.map(abs).max() ?? 0
    try #require(images > 0 && scale > 0)
    try write(input, to: network, images: images, size: architecture.inputSize)
    let output = network.forward(images: images, dropoutSeed: nil)
    let found = (0..<images).flatMap { output.values(row: $0) }
    let difference = try largestDifference(found, logits) / scale
    report(expected, "logits in use", difference)
    #expect(difference <= Self.allowed)

    let pool = WorkerPool(threads: 2)
    let folded = try Parameters(architecture, floats: network.parameters)
    let workspace = Workspace(for: Plan(folded, pool: pool), batch: images, pool: pool)
    let pictures = try NumPyArray.values(input)
    for image in 0..<images {
      workspace.withInput(image) { span in
        Self.setPicture(&span, pictures, image: image, size: architecture.inputSize)
      }
    }
    workspace.forward(count: images)
    var largest: Float = 0
    for image in 0..<images {
      let probabilities = softmax(Array(logits[image * classes..<(image + 1) * classes]))
      largest = max(
        largest,
        try largestDifference(workspace.probabilities(image), probabilities)
          / (probabilities.max() ?? 1))
    }
    report(expected, "probabilities of the plain network", largest)
    #expect(largest <= Self.allowed)
  }

  // MARK: Files

  private func parameters(_ folder: URL) throws -> [String: [Float]] {
    var parameters: [String: [Float]] = [:]
    for file in try FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: nil)
    {
      parameters[file.deletingPathExtension().lastPathComponent] = try NumPyArray.values(file)
    }
    return parameters
  }

  private func targets(_ step: Case.Step, _ folder: URL) throws -> BatchTargets {
    var targets = BatchTargets(labels: step.labels)
    guard let soft = step.soft else { return targets }
    let values = try NumPyArray.values(folder.appending(path: soft.probabilities))
    let classes = values.count / step.labels.count
    let matrix = Matrix(rows: step.labels.count, columns: classes)
    for row in step.labels.indices {
      matrix.setValues(Array(values[row * classes..<(row + 1) * classes]), row: row)
    }
    targets.probabilities = matrix
    targets.temperature = soft.temperature
    targets.labelSmoothing = soft.labelSmoothing
    targets.labelWeights = soft.labelWeights
    targets.probabilityWeights = soft.probabilityWeights
    return targets
  }

  private func write(_ file: URL, to network: TrainingNetwork, images: Int, size: Int) throws {
    let pictures = try NumPyArray.values(file)
    try #require(pictures.count == images * 3 * size * size)
    let trunk = try #require(network.trunk)
    for image in 0..<images {
      trunk.withInput(image) { span in
        Self.setPicture(&span, pictures, image: image, size: size)
      }
    }
  }

  /// Writes one of pictures `[images, 3, size, size]` as `[size, size, 3]`.
  private static func setPicture(
    _ span: inout MutableSpan<Float>, _ pictures: [Float], image: Int, size: Int
  ) {
    let area = size * size
    for pixel in 0..<area {
      for channel in 0..<3 {
        span[pixel * 3 + channel] = pictures[(image * 3 + channel) * area + pixel]
      }
    }
  }

  // MARK: Values

  /// Not a number where any difference is not.
  private func largestDifference(_ found: [Float], _ expected: [Float]) throws -> Float {
    try #require(found.count == expected.count)
    var largest: Float = 0
    for index in found.indices {
      let difference = abs(found[index] - expected[index])
      guard difference.isFinite else { return .nan }
      largest = max(largest, difference)
    }
    return largest
  }

  private func softmax(_ logits: [Float]) -> [Float] {
    let largest = Double(logits.max() ?? 0)
    let powers = logits.map { exp(Double($0) - largest) }
    let sum = powers.reduce(0, +)
    return powers.map { Float($0 / sum) }
  }

  private func report(_ expected: Case, _ what: String, _ difference: Float) {
    print("| \(expected.variant) | \(expected.name) | \(what) | \(difference) |")
  }
}
