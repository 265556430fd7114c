import CResize
import Images
import Preprocessing
import Testing

@Suite struct KernelTests {
  @Test(
    "normalised values are (pixel - mean) * scale in the network's channel order",
    arguments: [(1, 1), (1, 7), (13, 5)])
  func normalize(_ width: Int, _ height: Int) throws {
    let image = noise(width: width, height: height, seed: 3)
    for channels in [Preprocessing.ChannelOrder.rgb, .bgr] {
      let preprocessing = try Preprocessing(
        steps: [], channels: channels, mean: [104.5, 116.7, 123.1], scale: [0.017, 1, 1 / 255])
      var values = [Float](repeating: 0, count: width * height * 3)
      var span = values.mutableSpan
      preprocessing.normalize(image, into: &span)
      for (index, value) in values.enumerated() {
        let channel = index % 3
        let source = index - channel + (channels == .rgb ? channel : 2 - channel)
        let expected =
          (Float(image.pixels[source]) - preprocessing.mean[channel]) * preprocessing.scale[channel]
        #expect(value == expected)
      }
    }
  }

  @Test(
    "reordered bytes are the pixels in the network's channel order", arguments: [(1, 1), (13, 5)])
  func reorder(_ width: Int, _ height: Int) throws {
    let image = noise(width: width, height: height, seed: 4)
    for channels in [Preprocessing.ChannelOrder.rgb, .bgr] {
      let preprocessing = try Preprocessing(
        steps: [], channels: channels, mean: [104.5, 116.7, 123.1], scale: [0.017, 1, 1 / 255])
      var bytes = [UInt8](repeating: 0, count: width * height * 3)
      var span = bytes.mutableSpan
      preprocessing.reorder(image, into: &span)
      let expected = bytes.indices.map { index in
        let channel = index % 3
        return image.pixels[index - channel + (channels == .rgb ? channel : 2 - channel)]
      }
      #expect(bytes == expected)
    }
  }

  @Test("columns of every length and height sum alike on every processor", arguments: 1..<70)
  func columns(_ bytes: Int) {
    let taps = bytes % 9 + 1
    let rows = (0..<taps).map { noise(width: bytes, height: 1, seed: UInt32($0)).pixels }
    var weights = (0..<taps).map { Int32(($0 + 1) * 60_000) }
    weights[0] += (1 << 22) - weights.reduce(0, +)
    let expected = (0..<bytes).map { index in
      let sum = zip(rows, weights).reduce(1 << 21) { $0 + Int($1.0[index]) * Int($1.1) }
      return UInt8(min(255, sum >> 22))
    }
    let flat = rows.flatMap { $0 }
    for isa in [RESIZE_ISA_PORTABLE, resize_best_isa()] {
      var result = [UInt8](repeating: 0, count: bytes)
      // SAFETY: `taps` rows, each of three times `bytes` bytes; `result` has `bytes`.
      unsafe flat.withUnsafeBufferPointer { all in
        let pointers = unsafe (0..<taps).map { row in
          unsafe all.baseAddress.map { unsafe $0 + row * bytes * 3 }
        }
        unsafe resize_column(isa, pointers, weights, taps, &result, bytes)
      }
      #expect(result == expected)
    }
  }
}
