import Architecture
import Explanation
import Foundation
import Kernels
import Network
import Preprocessing
import System
import Testing
import Threads

@Suite struct EvidenceTests {
  private let network: SmallNetwork

  init() throws {
    network = try SmallNetwork()
  }

  /// The derivatives of a logit by the output of the layers before `layer`, as differences.
  private func gradient(from layer: Int, _ values: [Double], logit: Int) -> [Double] {
    let range = layer..<network.rows.count
    let step = 1e-6
    return values.indices.map { index in
      var (more, less) = (values, values)
      more[index] += step
      less[index] -= step
      return (network.forward(range, more)[logit] - network.forward(range, less)[logit])
        / (2 * step)
    }
  }

  @Test(
    "Grad-CAM is the sum of the channels weighted with their mean gradient, at every layer",
    arguments: SmallNetwork.architecture.explainableLayers)
  func gradCAM(layer: String) throws {
    let index = try #require(network.rows.firstIndex { $0.layer.name == layer })
    let values = network.forward(0..<index + 1, network.picture)
    let output = network.rows[index].output
    let area = output.height * output.width
    for logit in [0, 3, 5] {
      let gradient = gradient(from: index + 1, values, logit: logit)
      var expected = [Double](repeating: 0, count: area)
      for channel in 0..<output.channels {
        let weight = gradient[channel * area..<(channel + 1) * area].reduce(0, +) / Double(area)
        for place in 0..<area { expected[place] += weight * values[channel * area + place] }
      }
      let largest = expected.map(abs).max() ?? 0
      let map = try network.evidence(.gradCAM(layer: layer), classes: [logit]).classes[0].raw
      #expect(map.width == output.width && map.height == output.height)
      #expect(
        zip(map.values, expected).allSatisfy {
          abs(Double($0) - max(0, $1)) < 1e-4 * largest
        }, "\(layer), class \(logit)")
    }
  }

  @Test("a pooling window of zeros passes its gradient on to one place, as in PyTorch")
  func zeroWindows() throws {
    let network = try SmallNetwork(lastBias: -0.5)
    let third = try #require(network.rows.firstIndex { $0.layer.name == "third" })
    let values = network.forward(0..<third + 1, network.picture)
    let pooled = network.forward(third + 1..<third + 2, values)
    #expect(pooled.contains(0) && !pooled.allSatisfy { $0 == 0 })
    let (input, output) = (network.rows[third + 1].input, network.rows[third + 1].output)
    for logit in 0..<6 {
      let range = third + 2..<network.rows.count
      let gradient = pooled.indices.map { index in
        var (more, less) = (pooled, pooled)
        more[index] += 1e-6
        less[index] -= 1e-6
        return (network.forward(range, more)[logit] - network.forward(range, less)[logit]) / 2e-6
      }
      // The windows of 2 x 2 places do not overlap, so that each gradient goes to one place. The
      // mean over the places does not tell which one it is.
      let (places, windows) = (input.height * input.width, output.height * output.width)
      var expected = [Double](repeating: 0, count: places)
      for channel in 0..<input.channels {
        let weight =
          gradient[channel * windows..<(channel + 1) * windows].reduce(0, +) / Double(places)
        for place in 0..<places { expected[place] += weight * values[channel * places + place] }
      }
      let map = try network.evidence(.gradCAM(layer: "third"), classes: [logit]).classes[0].raw
      let largest = expected.map(abs).max() ?? 0
      #expect(largest > 0)
      #expect(
        zip(map.values, expected).allSatisfy { abs(Double($0) - max(0, $1)) < 1e-4 * largest })
    }
  }

  @Test("the gradient is that of differences: the largest of each pixel's channels")
  func inputGradient() throws {
    let gradient = gradient(from: 0, network.picture, logit: 2)
    let expected = (0..<19 * 19).map { pixel in
      (0..<3).map { abs(gradient[$0 * 19 * 19 + pixel]) }.max() ?? 0
    }
    let evidence = try network.evidence(.gradient, classes: [2])
    #expect(agree(evidence.classes[0].raw.values, expected, tolerance: 1e-4))
    // The maps are in the pixels of the input.
    #expect(evidence.classes[0].map.start == 0.5 && evidence.classes[0].map.step == 1)
  }

  @Test(
    "occlusion is the loss of probability, window by window",
    arguments: [
      (5, 3, [0, 3, 6, 9, 12, 15]), (5, 4, [-1, 3, 7, 11, 15]), (4, 8, [0, 8, 16]), (19, 1, [0]),
    ])
  func occlusion(size: Int, stride: Int, starts: [Int]) throws {
    func probabilities(_ picture: [Double]) -> [Double] {
      let logits = network.forward(0..<network.rows.count, picture)
      let exponentials = logits.map { exp($0 - (logits.max() ?? 0)) }
      return exponentials.map { $0 / exponentials.reduce(0, +) }
    }
    let windows = OcclusionWindows(size: size, stride: stride)
    let whole = probabilities(network.picture)
    #expect(windows.starts(length: 19) == starts)
    var expected: [Double] = []
    var sums = [Double](repeating: 0, count: 19 * 19)
    var counts = sums
    for top in starts {
      for left in starts {
        var picture = network.picture
        for y in max(0, top)..<min(19, top + size) {
          for x in max(0, left)..<min(19, left + size) {
            for channel in 0..<3 { picture[(channel * 19 + y) * 19 + x] = 0 }
          }
        }
        let loss = whole[4] - probabilities(picture)[4]
        expected.append(loss)
        for y in max(0, top)..<min(19, top + size) {
          for x in max(0, left)..<min(19, left + size) {
            sums[y * 19 + x] += loss
            counts[y * 19 + x] += 1
          }
        }
      }
    }
    let evidence = try network.evidence(.occlusion(windows), classes: [4])
    #expect(agree(evidence.probabilities, whole, tolerance: 1e-5))
    let found = evidence.classes[0]
    #expect(found.raw.width == starts.count && found.raw.height == starts.count)
    #expect(agree(found.raw.values, expected, tolerance: 1e-3))
    #expect(found.map.width == 19 && found.map.height == 19)
    #expect(found.map.start == 0.5 && found.map.step == 1)
    // A pixel has the mean loss of the windows over it.
    let means = zip(sums, counts).map { $1 > 0 ? $0 / $1 : 0 }
    #expect(agree(found.map.values, means, tolerance: 1e-3))
  }

  @Test("occlusion without classes keeps the losses of the likeliest class alone")
  func occlusionKeepsOneClass() {
    let pool = WorkerPool(threads: 1)
    let plan = Plan(network.parameters, pool: pool)
    let occlusion = Occlusion(plan, windows: OcclusionWindows(size: 9, stride: 5), pool: pool)
    let (classes, probabilities) = occlusion.drops(network.input, classes: nil)
    #expect(classes.count == 1)
    #expect(probabilities[classes[0].index] == probabilities.max())
  }

  @Test("occlusion ends after one batch of windows when it is to stop")
  func stopping() throws {
    let stop = StopFlag()
    stop.raise()
    let explainer = try Explainer(
      ExplainedNetwork(
        network.parameters, preprocessing: .alexnet,
        method: .occlusion(OcclusionWindows(size: 4, stride: 1))),
      pool: WorkerPool(threads: 1), stop: stop)
    let values = explainer.evidence(input: network.input, classes: [0]).classes[0].raw.values
    #expect(values.count == 16 * 16)
    #expect(values[..<16].contains { $0 != 0 } && values[64...].allSatisfy { $0 == 0 })
  }

  @Test("without classes the likeliest one is explained, by every method")
  func likeliest() throws {
    for method in [
      .gradCAM(layer: "third"), .gradient, .occlusion(OcclusionWindows(size: 6, stride: 5)),
    ] as [ExplanationMethod] {
      let evidence = try network.evidence(method, classes: nil)
      let best = evidence.probabilities.indices.max {
        evidence.probabilities[$0] < evidence.probabilities[$1]
      }
      #expect(evidence.classes.map(\.index) == [best])
      let named = try network.evidence(method, classes: [1, best ?? 0])
      #expect(named.classes.map(\.index) == [1, best])
      #expect(named.classes[1].raw == evidence.classes[0].raw)
      #expect(named.classes[0].raw != named.classes[1].raw)
    }
  }

  @Test("other weights give another map, and any number of threads the same one")
  func weights() throws {
    let other = try SmallNetwork(seed: 1)
    for method in [.gradCAM(layer: "first"), .gradient] as [ExplanationMethod] {
      let map = try network.evidence(method, classes: [1]).classes[0].raw
      #expect(try map != other.evidence(method, classes: [1]).classes[0].raw)
      #expect(
        try map == network.evidence(method, classes: [1], threads: 1).classes[0].raw)
    }
  }

  @Test("a class whose gradient is 0 has no positive evidence")
  func nothing() throws {
    var tensors: [String: [Float]] = [:]
    for name in network.parameters.names {
      tensors[name] = network.parameters.floats(named: name)
    }
    // The logit of class 3 does not depend on the picture.
    for index in 3 * 20..<4 * 20 { tensors["classes.weight"]?[index] = 0 }
    let parameters = try Parameters(SmallNetwork.architecture, floats: tensors)
    for method in [.gradCAM(layer: "third"), .gradient] as [ExplanationMethod] {
      let evidence = try Explainer(
        ExplainedNetwork(parameters, preprocessing: .alexnet, method: method),
        pool: WorkerPool(threads: 1)
      ).evidence(input: network.input, classes: [3, 2])
      #expect(!evidence.classes[0].isPositive)
      #expect(evidence.classes[0].raw.values.allSatisfy { $0 == 0 })
      // The other classes are as they were.
      #expect(try evidence.classes[1].raw == network.evidence(method, classes: [2]).classes[0].raw)
      #expect(evidence.classes[1].raw != evidence.classes[0].raw)
    }
  }

  /// The small network with other tensors.
  private func changed(_ change: (String, inout [Float]) -> Void) throws -> Parameters {
    var tensors: [String: [Float]] = [:]
    for name in network.parameters.names {
      var values = try #require(network.parameters.floats(named: name))
      change(name, &values)
      tensors[name] = values
    }
    return try Parameters(SmallNetwork.architecture, floats: tensors)
  }

  @Test(
    "summands that cancel each other but for their rounding are no evidence",
    arguments: [1, -1] as [Float])
  func cancellation(sign: Float) throws {
    // Three channels are the same, and count 0.1, 0.2 and -0.3 times, or the opposite.
    let signs = ([0.1, 0.2, -0.3] as [Float]).map { sign * $0 }
    let parameters = try changed { name, values in
      switch name {
      case "third.weight", "third.bias":
        let count = values.count / 8
        for channel in 1..<3 {
          for index in 0..<count { values[channel * count + index] = values[index] }
        }
      // One unit reads these channels, and is active. The others read nothing.
      case "hidden.bias": values = values.map { _ in 1 }
      case "hidden.weight":
        let old = values
        for index in values.indices {
          values[index] = index < 12 ? signs[index / 4] * abs(old[index % 4]) : 0
        }
      default: break
      }
    }
    let evidence = try Explainer(
      ExplainedNetwork(parameters, preprocessing: .alexnet, method: .gradCAM(layer: "third")),
      pool: WorkerPool(threads: 1)
    ).evidence(input: network.input, classes: Array(0..<6))
    #expect(evidence.classes.allSatisfy { !$0.isPositive })
    // Not all values are 0: their rounding is left.
    #expect(evidence.classes.contains { $0.raw.maximum > 0 })
  }

  @Test("a gradient that overflows is no evidence, although the probabilities are finite")
  func overflow() throws {
    // Inputs near 0 and large weights: logits are finite, and their gradients are not.
    let parameters = try changed { name, values in
      if name.hasSuffix("bias") { values = values.map { _ in 0 } }
      if name == "hidden.weight" || name == "classes.weight" { values = values.map { $0 * 1e25 } }
    }
    for method in [.gradCAM(layer: "third"), .gradient] as [ExplanationMethod] {
      let evidence = try Explainer(
        ExplainedNetwork(parameters, preprocessing: .alexnet, method: method),
        pool: WorkerPool(threads: 1)
      ).evidence(input: network.input.map { $0 * 1e-30 }, classes: [2])
      #expect(evidence.probabilities.allSatisfy { $0.isFinite })
      #expect(!evidence.isFinite)
    }
  }

  @Test(
    "a layer that the network does not have is an error, and not another layer",
    arguments: ["fourth", "hidden", ""])
  func unknownLayer(layer: String) throws {
    let network = try SmallNetwork()
    #expect(
      throws: layer == "hidden" ? .notKept(layer: layer) : ExplanationError.noSuchLayer(layer)
    ) {
      _ = try network.evidence(.gradCAM(layer: layer), classes: [0])
    }
  }
}
