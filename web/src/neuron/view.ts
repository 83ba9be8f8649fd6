// The cell in three dimensions: cylinders while they are few, lines when they are many. Fetched by this page alone.
import { BufferAttribute, BufferGeometry, Color, CylinderGeometry, HemisphereLight, InstancedMesh, LineBasicMaterial, LineSegments, Matrix4, Mesh, MeshBasicMaterial, MeshLambertMaterial, PerspectiveCamera, Quaternion, Scene, SphereGeometry, Vector3, WebGLRenderer } from "three";
import { OrbitControls } from "three/examples/jsm/controls/OrbitControls.js";
import type { Shape } from "./swc";

export interface View {
  detail: string;
  colours: (rgb: (point: number) => [number, number, number]) => void;
  mark: (point: number | null) => void;
  background: (colour: string) => void;
  onPick: (fn: (point: number) => void) => void;
  framesPerSecond: () => number;
  turn: (on: boolean) => void;
  close: () => void;
}

const MOST_CYLINDERS = 12000;
const MOST_CYLINDERS_WITHOUT_GPU = 2500;

export function openView(box: HTMLElement, s: Shape): View {
  const renderer = new WebGLRenderer({ antialias: s.n < 2000, preserveDrawingBuffer: false, powerPreference: "high-performance" });
  renderer.setPixelRatio(Math.min(devicePixelRatio, s.n < 2000 ? 2 : 1));
  const canvas = renderer.domElement;
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "application");
  canvas.setAttribute("aria-label", `The cell in three dimensions, ${s.n} points; arrow keys move it, plus and minus go nearer and farther`);
  box.append(canvas);
  const scene = new Scene();
  const camera = new PerspectiveCamera(40, 1, 0.1, 1e6);
  const controls = new OrbitControls(camera, canvas);
  controls.enableDamping = false;
  controls.listenToKeyEvents(canvas as unknown as Window & typeof globalThis);
  scene.add(new HemisphereLight(0xffffff, 0x888888, 2.6));

  const low = new Vector3(Infinity, Infinity, Infinity);
  const high = new Vector3(-Infinity, -Infinity, -Infinity);
  const p = new Vector3();
  for (let k = 0; k < s.n; k++) {
    p.fromArray(s.xyz, 3 * k);
    low.min(p);
    high.max(p);
  }
  const middle = low.clone().add(high).multiplyScalar(0.5);
  const size = Math.max(1, high.distanceTo(low));
  controls.target.copy(middle);
  camera.position.copy(middle).add(new Vector3(0, 0, size * 1.15));
  camera.near = size / 1000;
  camera.far = size * 20;

  const edges: number[] = [];
  for (let k = 0; k < s.n; k++) if (s.parent[k]! >= 0) edges.push(k);
  const gl = renderer.getContext();
  const info = gl.getExtension("WEBGL_debug_renderer_info");
  const slow = info !== null && /swiftshader|llvmpipe|software/i.test(String(gl.getParameter(info.UNMASKED_RENDERER_WEBGL)));
  const cylinders = edges.length <= (slow ? MOST_CYLINDERS_WITHOUT_GPU : MOST_CYLINDERS);
  const colour = new Color();
  let paint: View["colours"];
  if (cylinders) {
    const mesh = new InstancedMesh(new CylinderGeometry(1, 1, 1, edges.length < 2000 ? 8 : 4, 1, true), new MeshLambertMaterial(), edges.length);
    const m = new Matrix4();
    const q = new Quaternion();
    const up = new Vector3(0, 1, 0);
    const a = new Vector3();
    const b = new Vector3();
    edges.forEach((k, j) => {
      a.fromArray(s.xyz, 3 * s.parent[k]!);
      b.fromArray(s.xyz, 3 * k);
      const length = a.distanceTo(b) || 1e-3;
      q.setFromUnitVectors(up, b.clone().sub(a).normalize());
      const r = Math.max(s.r[k]!, size / 1500);
      mesh.setMatrixAt(j, m.compose(a.add(b).multiplyScalar(0.5), q, new Vector3(r, length, r)));
    });
    const roots = [...Array(s.n).keys()].filter((k) => s.parent[k] === -1 || (s.type[k] === 1 && s.r[k]! > 2));
    const somata = roots.slice(0, 50).map((k) => {
      const ball = new Mesh(new SphereGeometry(s.r[k], 16, 12), new MeshLambertMaterial());
      ball.position.fromArray(s.xyz, 3 * k);
      scene.add(ball);
      return [k, ball] as const;
    });
    scene.add(mesh);
    paint = (rgb) => {
      edges.forEach((k, j) => mesh.setColorAt(j, colour.setRGB(...rgb(k))));
      if (mesh.instanceColor) mesh.instanceColor.needsUpdate = true;
      for (const [k, ball] of somata) ball.material.color.setRGB(...rgb(k));
    };
  } else {
    const xyz = new Float32Array(6 * edges.length);
    const rgbs = new Float32Array(6 * edges.length);
    edges.forEach((k, j) => {
      xyz.set(s.xyz.subarray(3 * s.parent[k]!, 3 * s.parent[k]! + 3), 6 * j);
      xyz.set(s.xyz.subarray(3 * k, 3 * k + 3), 6 * j + 3);
    });
    const g = new BufferGeometry();
    g.setAttribute("position", new BufferAttribute(xyz, 3));
    g.setAttribute("color", new BufferAttribute(rgbs, 3));
    scene.add(new LineSegments(g, new LineBasicMaterial({ vertexColors: true })));
    paint = (rgb) => {
      edges.forEach((k, j) => {
        const c = rgb(k);
        rgbs.set(c, 6 * j);
        rgbs.set(c, 6 * j + 3);
      });
      g.attributes.color!.needsUpdate = true;
    };
  }

  const electrode = new Mesh(new SphereGeometry(size / 70, 16, 12), new MeshBasicMaterial({ color: 0xd55e00 }));
  electrode.visible = false;
  scene.add(electrode);

  let due = true;
  let frames = 0;
  let from = performance.now();
  let rate = NaN;
  let turning = false;
  const look = new ResizeObserver(() => {
    const w = Math.max(50, box.clientWidth);
    const h = Math.max(50, box.clientHeight);
    renderer.setSize(w, h, false);
    camera.aspect = w / h;
    camera.updateProjectionMatrix();
    due = true;
  });
  look.observe(box);
  controls.addEventListener("change", () => (due = true));
  let frame = 0;
  const tick = () => {
    frame = requestAnimationFrame(tick);
    if (turning) {
      controls.autoRotate = true;
      controls.autoRotateSpeed = 6;
      controls.update();
      due = true;
    }
    const now = performance.now();
    if (due) {
      due = false;
      renderer.render(scene, camera);
      frames++;
    }
    if (now - from >= 1000) {
      rate = (1000 * frames) / (now - from);
      frames = 0;
      from = now;
    }
  };
  tick();

  let pick: (point: number) => void = () => undefined;
  let down: [number, number] = [0, 0];
  canvas.addEventListener("pointerdown", (e) => (down = [e.clientX, e.clientY]));
  canvas.addEventListener("pointerup", (e) => {
    if (Math.hypot(e.clientX - down[0], e.clientY - down[1]) > 4) return;
    const rect = canvas.getBoundingClientRect();
    let best = -1;
    let distance = 16;
    for (let k = 0; k < s.n; k++) {
      p.fromArray(s.xyz, 3 * k).project(camera);
      const d = Math.hypot(rect.left + ((p.x + 1) / 2) * rect.width - e.clientX, rect.top + ((1 - p.y) / 2) * rect.height - e.clientY);
      if (p.z < 1 && d < distance) {
        distance = d;
        best = k;
      }
    }
    if (best >= 0) pick(best);
  });
  canvas.addEventListener("keydown", (e) => {
    const by = e.key === "+" ? 0.85 : e.key === "-" ? 1.18 : 0;
    if (!by) return;
    camera.position.sub(controls.target).multiplyScalar(by).add(controls.target);
    controls.update();
    due = true;
  });

  return {
    detail: cylinders ? `${edges.length} cylinders` : `${edges.length} lines instead of cylinders: ${slow && edges.length <= MOST_CYLINDERS ? "this machine draws without a graphics processor" : "the cell is large"}`,
    colours: (rgb) => (paint(rgb), void (due = true)),
    mark: (k) => {
      electrode.visible = k !== null;
      if (k !== null) electrode.position.fromArray(s.xyz, 3 * k);
      due = true;
    },
    background: (c) => {
      scene.background = new Color(c);
      due = true;
    },
    onPick: (fn) => (pick = fn),
    framesPerSecond: () => rate,
    turn: (on) => {
      turning = on;
      controls.autoRotate = on;
    },
    close: () => {
      cancelAnimationFrame(frame);
      look.disconnect();
      controls.dispose();
      renderer.dispose();
      renderer.forceContextLoss();
      canvas.remove();
    },
  };
}
