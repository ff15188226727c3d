export function check(blindtally: object): {
  token: string;
  name: string;
  randomized: string;
  refused: string;
};
