import Architecture
import Explanation
import Foundation
import Network
import Preprocessing
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
      let map = network.evidence(.gradCAM(layer: layer), classes: [logit]).classes[0].raw
      #expect(map.width == output.width && map.height == output.height)
      #expect(
        zip(map.values, expected).allSatisfy {
          abs(Double($0) - max(0, $1)) < 1e-4 * largest
        }, "\(layer), class \(logit)")
    }
  }

  @Test("the gradient is that of differences: the largest of each pixel's channels")
  func inputGradient() {
    let gradient = gradient(from: 0, network.picture, logit: 2)
    let expected = (0..<19 * 19).map { pixel in
      (0..<3).map { abs(gradient[$0 * 19 * 19 + pixel]) }.max() ?? 0
    }
    let evidence = network.evidence(.gradient, classes: [2])
    #expect(agree(evidence.classes[0].raw.values, expected, tolerance: 1e-4))
    // The maps are in the pixels of the input.
    #expect(evidence.classes[0].map.start == 0.5 && evidence.classes[0].map.step == 1)
  }

  @Test(
    "occlusion is the loss of probability, window by window",
    arguments: [(5, 3), (4, 8), (19, 1)])
  func occlusion(size: Int, stride: Int) throws {
    func probabilities(_ picture: [Double]) -> [Double] {
      let logits = network.forward(0..<network.rows.count, picture)
      let exponentials = logits.map { exp($0 - (logits.max() ?? 0)) }
      return exponentials.map { $0 / exponentials.reduce(0, +) }
    }
    let windows = OcclusionWindows(size: size, stride: stride)
    let whole = probabilities(network.picture)
    let starts = windows.starts(length: 19)
    // Windows cover everything, and overhang by equal parts.
    #expect(starts[0] <= 0 && starts[starts.count - 1] + size >= 19 || stride > size)
    var expected: [Double] = []
    for top in starts {
      for left in starts {
        var picture = network.picture
        for y in max(0, top)..<min(19, top + size) {
          for x in max(0, left)..<min(19, left + size) {
            for channel in 0..<3 { picture[(channel * 19 + y) * 19 + x] = 0 }
          }
        }
        expected.append(whole[4] - probabilities(picture)[4])
      }
    }
    let evidence = network.evidence(.occlusion(windows), classes: [4])
    #expect(agree(evidence.probabilities, whole, tolerance: 1e-5))
    let found = evidence.classes[0]
    #expect(found.raw.width == starts.count && found.raw.height == starts.count)
    #expect(agree(found.raw.values, expected, tolerance: 1e-3))
    #expect(found.map.width == 19 && found.map.height == 19)
  }

  @Test("without classes the likeliest one is explained, by every method")
  func likeliest() {
    for method in [
      .gradCAM(layer: "third"), .gradient, .occlusion(OcclusionWindows(size: 6, stride: 5)),
    ] as [ExplanationMethod] {
      let evidence = network.evidence(method, classes: nil)
      let best = evidence.probabilities.indices.max {
        evidence.probabilities[$0] < evidence.probabilities[$1]
      }
      #expect(evidence.classes.map(\.index) == [best])
      let named = network.evidence(method, classes: [1, best ?? 0])
      #expect(named.classes.map(\.index) == [1, best])
      #expect(named.classes[1].raw == evidence.classes[0].raw)
      #expect(named.classes[0].raw != named.classes[1].raw)
    }
  }

  @Test("other weights give another map, and any number of threads the same one")
  func weights() throws {
    let other = try SmallNetwork(seed: 1)
    for method in [.gradCAM(layer: "first"), .gradient] as [ExplanationMethod] {
      let map = network.evidence(method, classes: [1]).classes[0].raw
      #expect(map != other.evidence(method, classes: [1]).classes[0].raw)
      #expect(map == network.evidence(method, classes: [1], threads: 1).classes[0].raw)
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
      let evidence = Explainer(
        ExplainedNetwork(parameters, preprocessing: .alexnet, method: method),
        pool: WorkerPool(threads: 1)
      ).evidence(input: network.input, classes: [3, 2])
      #expect(!evidence.classes[0].isPositive)
      #expect(evidence.classes[0].raw.values.allSatisfy { $0 == 0 })
      #expect(evidence.classes[1].raw.values.contains { $0 != 0 } || method != .gradient)
    }
  }
}
