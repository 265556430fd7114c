import Architecture
import Explanation
import Images
import Preprocessing
import Testing

@Suite struct PlaceTests {
  @Test("the centres of a layer's fields are regular and in the middle of the input")
  func grid() throws {
    for architecture in Architecture.all {
      let rows = try architecture.summary()
      let index = try #require(rows.lastIndex { $0.layer.name == architecture.lastConvolution })
      let grid = LayerGrid(architecture.layers[...index])
      #expect(rows[index].layer.name == "conv5" && rows[index].output.width == 13)
      // With conv1's padding of 2, the fields begin before the input.
      #expect(grid.start == (architecture.inputSize == 224 ? 15.5 : 17.5) && grid.step == 16)
    }
    // conv1's window of 11 begins at pixel 0, pool1's of 3 joins windows 4 pixels apart, ...
    #expect(LayerGrid(Architecture.alexnet.layers[..<1]).start == 5.5)
    #expect(LayerGrid(Architecture.alexnet.layers[..<2]).start == 9.5)
    #expect(LayerGrid(Architecture.alexnet.layers[..<9]).start == 17.5)
    #expect(LayerGrid(Architecture.torchvision.layers[..<1]).start == 3.5)
  }

  @Test("a map is interpolated between its centres, and stays as it is beyond them")
  func sampling() {
    let map = EvidenceMap(width: 2, height: 3, values: [0, 4, 8, 12, 0, 0], start: 2, step: 4)
    #expect(map.sampled(columns: [2, 6], rows: [2, 6, 10]) == map.values)
    #expect(map.sampled(columns: [4], rows: [4]) == [6])
    #expect(map.sampled(columns: [-9, 99], rows: [-9]) == [0, 4])
    #expect(map.maximum == 12)
  }

  /// A map of the input's pixels with blobs of the value 1 on a ground of 0.1.
  private func map(_ blobs: [(columns: Range<Int>, rows: Range<Int>)]) -> EvidenceMap {
    let values = (0..<100 * 100).map { index -> Float in
      blobs.contains { $0.columns.contains(index % 100) && $0.rows.contains(index / 100) } ? 1 : 0.1
    }
    return EvidenceMap(width: 100, height: 100, values: values, start: 0.5, step: 1)
  }

  @Test("the box is round the largest connected part, in pixels of the photo")
  func box() throws {
    let map = map([(10..<30, 20..<60), (50..<90, 10..<12), (30..<31, 60..<61)])
    let photo = PixelSize(width: 300, height: 200)
    // A photo of 300 x 200, resized to 150 x 100, of which the middle 100 x 100 are seen.
    let preprocessing = try Preprocessing(
      steps: [
        .resizeShortSide(size: 100, antialias: true), .centerCrop(width: 100, height: 100),
      ], channels: .rgb, mean: [0, 0, 0], scale: [1, 1, 1])
    let geometry = try preprocessing.geometry(for: photo)
    let box = EvidenceBox(map, inputSize: 100, geometry: geometry, photo: photo)
    #expect(box == EvidenceBox(x: 50 + 20, y: 40, width: 40, height: 80))
    // A corner is no connection.
    let all = EvidenceBox(self.map([]), inputSize: 100, geometry: geometry, photo: photo)
    #expect(all?.width == 200)
  }

  @Test("a map without positive values has no box")
  func noBox() {
    let axis = InputGeometry.Axis(start: 0, pixel: 1, seen: 0...8)
    let map = EvidenceMap(
      width: 2, height: 2, values: [0, -1, 0, 0], start: 2, step: 4)
    #expect(
      EvidenceBox(
        map, inputSize: 8, geometry: InputGeometry(columns: axis, rows: axis),
        photo: PixelSize(width: 8, height: 8)) == nil)
  }

  @Test("a box never leaves the photo, where the input has padding")
  func padding() throws {
    let photo = PixelSize(width: 40, height: 90)
    let preprocessing = try Preprocessing(
      steps: [.centerCrop(width: 100, height: 100)], channels: .rgb, mean: [0, 0, 0],
      scale: [1, 1, 1])
    let geometry = try preprocessing.geometry(for: photo)
    func box(_ map: EvidenceMap) -> EvidenceBox? {
      EvidenceBox(map, inputSize: 100, geometry: geometry, photo: photo)
    }
    #expect(box(map([(0..<100, 0..<100)])) == EvidenceBox(x: 0, y: 0, width: 40, height: 90))
    // The photo is in columns 30 to 69 and rows 5 to 94. What is left and right of it is padding:
    // the larger part there does not count, nor does a maximum there.
    let parts = map([(0..<28, 0..<100), (40..<50, 15..<25)])
    #expect(box(parts) == EvidenceBox(x: 10, y: 10, width: 10, height: 10))
    let values = (0..<100 * 100).map { $0 % 100 < 28 ? 50 : parts.values[$0] }
    let outside = EvidenceMap(width: 100, height: 100, values: values, start: 0.5, step: 1)
    #expect(box(outside) == EvidenceBox(x: 10, y: 10, width: 10, height: 10))
    let seen = SeenEvidence(outside, inputSize: 100, geometry: geometry)
    #expect(seen.maximum == 1 && seen.peak == (40, 15))
  }

  @Test("the largest part is found, whatever its form")
  func parts() throws {
    let text = [
      "##..###",
      "##....#",
      "....###",
      "#...#..",
    ]
    let part = try #require(largestPart(text.joined().map { $0 == "#" }, width: 7))
    #expect(part.columns == 4..<7 && part.rows == 0..<4)
    #expect(largestPart([false, false], width: 2) == nil)
  }

  @Test(
    "numbers have about three digits",
    arguments: [
      (0, "0"), (1234.4, "1234"), (12.34, "12.3"), (1.234, "1.23"), (0.1234, "0.123"),
      (0.01234, "0.0123"),
      (0.00001234, "1.2e-5"),
    ] as [(Float, String)])
  func digits(value: Float, text: String) {
    #expect(NumberText.threeDigits(value) == text)
  }

  @Test("the drawn photo keeps its form and has the wanted longest side")
  func drawnSize() {
    func size(_ width: Int, _ height: Int) -> PixelSize {
      PixelSize(width: width, height: height).scaled(longestSide: 800)
    }
    #expect(size(4000, 3000) == PixelSize(width: 800, height: 600))
    #expect(size(30, 40) == PixelSize(width: 600, height: 800))
    #expect(size(100_000, 3) == PixelSize(width: 800, height: 1))
  }
}
